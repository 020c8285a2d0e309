#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds kernels, networks and the engine for 64-bit ARM on a Debian machine, and runs their tests in qemu.
# Installs the compiler, the emulator and the arm64 libraries that are missing. Ends with "N passed, N failed"; the exit
# status is not 0 when anything failed.
set -eu
cd "$(dirname "$0")/.."

scripts/setup.sh build test aarch64
cmake --preset aarch64 --log-level=WARNING
cmake --build --preset aarch64
# Encoding takes minutes on an emulated processor, so the sounds that the tests play are encoded by a native build.
cmake --preset release -DTIMBREL_TESTS=ON --log-level=WARNING
cmake --build --preset release --target encode_played
PLAYED_SOUNDS=$PWD/build/aarch64/played
export PLAYED_SOUNDS
mkdir -p "$PLAYED_SOUNDS"
build/release/tests/encode_played "$PLAYED_SOUNDS"
log=build/aarch64/test.log
ctest --preset aarch64 --no-tests=error -j "$(nproc)" 2>&1 | tee "$log" || true
total=$(sed -n 's/.*tests failed out of \([0-9]*\).*/\1/p' "$log")
failed=$(sed -n 's/.* \([0-9]*\) tests failed out of .*/\1/p' "$log")
if [ -z "$total" ]; then
    echo "ctest ran no tests" >&2
    exit 1
fi
echo "$((total - failed)) passed, $failed failed"
[ "$failed" = 0 ]
