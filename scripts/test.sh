#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets up a Debian 12 machine, builds Timbrel and runs its tests.
#
#   scripts/test.sh [PRESET...]     presets of CMakePresets.json, default: release
#
# Ends with "N passed, N failed, N skipped"; the exit status is not 0 when anything failed.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- release

scripts/setup.sh build test

passed=0 failed=0 skipped=0 status=0
for preset in "$@"; do
    echo "== $preset =="
    if ! { cmake --preset "$preset" -DTIMBREL_TESTS=ON --log-level=WARNING && cmake --build --preset "$preset"; }; then
        echo "$preset does not build" >&2
        failed=$((failed + 1))
        continue
    fi
    log=build/$preset/test.log
    # ctest's own exit status is lost in the pipe: its result is counted from the log.
    ctest --preset "$preset" --no-tests=error -j "$(nproc)" 2>&1 | tee "$log" || true
    total=$(sed -n 's/.*tests failed out of \([0-9]*\).*/\1/p' "$log")
    bad=$(sed -n 's/.* \([0-9]*\) tests failed out of .*/\1/p' "$log")
    if [ -z "$total" ]; then
        echo "ctest ran no tests in $preset" >&2
        failed=$((failed + 1))
        continue
    fi
    none=$(grep -c '\*\*\*Skipped' "$log" || true)
    passed=$((passed + total - bad - none))
    failed=$((failed + bad))
    skipped=$((skipped + none))
done

[ "$failed" = 0 ] || status=1
if [ "$skipped" = 0 ]; then
    echo "$passed passed, $failed failed"
else
    echo "$passed passed, $failed failed, $skipped skipped"
fi
exit $status
