#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What a library shows: the shared one exactly the names in cmake/lib*.symbols, which are exactly the functions that its
# public headers mark TB_API; the static one no global name that does not begin with tb_ or tbi_.
#
#   tests/symbols.sh BUILD_FOLDER LIBRARY HEADER...     LIBRARY: timbrel, timbrel-live; HEADER: audio, live
set -eu
build=$1 library=$2
shift 2
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
LC_ALL=C
export LC_ALL

same() { # FILE FILE WHAT
    if ! diff "$1" "$2"; then
        echo "lib$library: $3" >&2
        exit 1
    fi
}

for header in "$@"; do
    tr '\n' ' ' <"include/timbrel/$header.h" | grep -oE 'TB_API [^;({]*[ *]tb_[a-z0-9_]+\(' | sed 's/.*[ *]\(tb_[a-z0-9_]*\)($/\1/'
done | sort -u >"$folder/headers"
[ -s "$folder/headers" ]
same "cmake/lib$library.symbols" "$folder/headers" "cmake/lib$library.symbols (<) must list what the headers declare (>)"
nm -D --defined-only "$build/lib$library.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$folder/shared"
same "cmake/lib$library.symbols" "$folder/shared" "the shared library shows (>) another list than cmake/lib$library.symbols (<)"
node=$(nm -D --defined-only "$build/lib$library.so" | awk '$2 == "A" { print $3 }')
case $node in
TIMBREL_*) ;;
*)
    echo "lib$library.so has no version node TIMBREL_..., but \"$node\"" >&2
    exit 1
    ;;
esac
nm -g --defined-only "$build/lib$library.a" | awk 'NF == 3 { print $3 }' | sort -u >"$folder/static"
[ -s "$folder/static" ]
if grep -vE '^tbi?_' "$folder/static"; then
    echo "lib$library.a: these (above) are global, but begin with neither tb_ nor tbi_" >&2
    exit 1
fi
echo "lib$library: $(wc -l <"$folder/shared") functions, $node"
