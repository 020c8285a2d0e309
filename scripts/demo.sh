#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# From nothing to a morph and a track: sets up a Debian 12 machine, builds Timbrel, morphs two bundled sounds, composes 16
# bars.
#
#   scripts/demo.sh [OUT]     default: demo-out
set -eu
cd "$(dirname "$0")/.."
out=${1:-demo-out}

mkdir -p "$out"
log=$out/build.log

# quiet WHAT COMMAND...: one line that says what is done; all else into the log, which is shown when it fails.
quiet() {
    what=$1
    shift
    printf '%s ... ' "$what"
    if "$@" >>"$log" 2>&1; then
        echo "done"
    else
        echo "failed; this is $log:"
        cat "$log"
        exit 1
    fi
}

: >"$log"
scripts/setup.sh build
quiet "Configuring Timbrel" cmake --preset release -DTIMBREL_TESTS=OFF --log-level=WARNING
what="Building Timbrel, which takes a few minutes"
set -- cmake --build --preset release --target timbrel_command
if [ -t 1 ]; then # ninja shows how far it is, and an error whole
    echo "$what:"
    "$@"
else
    quiet "$what" "$@"
fi

timbrel=build/release/app/timbrel
a=presets/sounds/piano.flac
b=presets/sounds/violin.flac
cp $a "$out/a.flac"
cp $b "$out/b.flac"
$timbrel morph $a $b --mix 0.5 -o "$out/halfway.wav"
$timbrel morph $a $b --mix 0..1 -o "$out/glide.wav"
$timbrel plot "$out/glide.wav" -o "$out/glide.png"
$timbrel compose --bars 16 --picture "$out/track.png" -o "$out/track.wav"

echo
echo "Listen to these, in $(cd "$out" && pwd):"
echo "  a.flac, b.flac   the two sounds"
echo "  halfway.wav      halfway between them"
echo "  glide.wav        from one to the other"
echo "  glide.png        a picture of that"
echo "  track.wav        16 bars that nobody wrote; track.mid has the notes, track.png shows them"

echo
echo "The program is $timbrel; README.md says what else it can do, and how to install it."
