#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A build without pictures: needs no cairo, plays, and says clearly what it has not.
#
#   tests/no_plot.sh CC
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CC=$1 cmake -G Ninja -S "$source" -B "$work/build" -DCMAKE_BUILD_TYPE=Debug -DTIMBREL_PLOT=OFF -DTIMBREL_TESTS=OFF >"$work/log" || { cat "$work/log"; exit 1; }
cmake --build "$work/build" --target timbrel_command timbrel-live_shared -j 2 >"$work/log" || { cat "$work/log"; exit 1; }
timbrel=$work/build/app/timbrel
if ldd "$timbrel" "$work/build/libtimbrel-live.so" | grep cairo; then
    echo "a build without pictures needs cairo" >&2
    exit 1
fi
cd "$work"
"$timbrel" morph flute violin -o half.wav
[ -s half.wav ]
for words in "plot half.wav -o half.png" "map flute violin voice -o map.png" "morph flute violin -o x.wav --picture x.png" \
    "compare half.wav half.wav --picture x.png"; do
    status=0
    # shellcheck disable=SC2086 # a list of words
    "$timbrel" $words >out 2>&1 || status=$?
    if [ $status != 1 ] || ! grep -q 'Pictures are not in this build of Timbrel' out; then
        echo "timbrel $words: exit status $status, and:" >&2
        cat out >&2
        exit 1
    fi
done
[ ! -e x.wav ] # found out before the work
"$timbrel" sample --seed 1 --count 1 -o drawn 2>out
grep -q 'The picture is left out' out
[ -n "$(ls drawn)" ]
"$timbrel" instrument flute -o sampled --low C4 --high C4 --layers 1 2>out
grep -q 'The picture is left out' out
[ -s sampled/flute.sfz ] && [ ! -e sampled/flute.png ]
if grep png sampled/README.txt; then
    echo "README.txt tells of a picture that is not there" >&2
    exit 1
fi
