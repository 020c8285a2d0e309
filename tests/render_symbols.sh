#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What tb_engine_render can reach in other libraries, by the linker's own count: sections that nothing refers to are left
# out, so this is more than what it calls, never less. None of it may multiply matrices or start threads.
# Usage: render_symbols.sh COMPILER NM LIBRARY
set -eu
compiler=$1 nm=$2 library=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Names of other libraries that function $1 reaches, one a line.
foreign() {
    "$compiler" -r -nostdlib -Wl,--gc-sections -Wl,--entry="$1" -Wl,--undefined="$1" -o "$folder/$1.o" "$library"
    "$nm" --undefined-only "$folder/$1.o" | awk '{ print $NF }' | sort -u
}

# The way of looking sees an allocation where there is one.
if ! foreign tb_engine_new | grep -qx calloc; then
    echo "tb_engine_new seems not to call calloc: this test sees nothing" >&2
    exit 1
fi
found=$(foreign tb_engine_render)
echo "tb_engine_render reaches: $(echo "$found" | tr '\n' ' ')"
[ -n "$found" ] || exit 1
wrong=$(echo "$found" | grep -iE 'blas|gemm|gemv|omp_|lapack|pthread_create' || true)
if [ -n "$wrong" ]; then
    echo "not allowed on the audio thread: $wrong" >&2
    exit 1
fi
