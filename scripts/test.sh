#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sets up a Debian 12 machine, builds Timbrel and runs its tests.
#
#   scripts/test.sh [--all] [PRESET...]     --all: in release, the tests labelled "long", too
#
# PRESET: one of CMakePresets.json (default: release), or aarch64 for scripts/test_aarch64.sh. Output is kept in
# build/PRESET/test.log. Ends with the tests that failed and, over all presets, "N passed, N failed[, N skipped]"; the
# exit status is not 0 when anything failed.
set -eu
cd "$(dirname "$0")/.."
all=
if [ "${1:-}" = --all ]; then
    all=yes
    shift
fi
[ $# -gt 0 ] || set -- release

scripts/setup.sh build test

passed=0 failed=0 skipped=0 failures=''
# Waiting tests leave the processors to others: one test more than there are of these runs at a time.
jobs=$(($(nproc) + 1))

# fail TEXT: one more that failed, to be told at the end.
fail() {
    failed=$((failed + 1))
    failures="$failures
  $1"
}

# build PRESET: an error is shown whole, progress in one line on a terminal and not at all elsewhere.
build() {
    quiet=--quiet
    [ ! -t 1 ] || quiet=
    [ "$1" != clang ] || scripts/setup.sh clang || return
    cmake --preset "$1" -DTIMBREL_TESTS=ON --log-level=WARNING >/dev/null && cmake --build --preset "$1" -- $quiet
}

# count LOG: adds what ctest has written there. Its exit status is lost in a pipe, so all is counted from the log.
count() {
    total=$(sed -n 's/.*tests failed out of \([0-9]*\).*/\1/p' "$1")
    if [ -z "$total" ]; then
        fail "$preset: ctest ran no tests"
        return
    fi
    bad=$(sed -n 's/.* \([0-9]*\) tests failed out of .*/\1/p' "$1")
    none=$(grep -c '\*\*\*Skipped' "$1" || true)
    passed=$((passed + total - bad - none))
    failed=$((failed + bad))
    skipped=$((skipped + none))
    names=$(sed -n '/^The following tests FAILED:/,$ s/^[[:space:]]*[0-9]* - \(.*\)/  '"$preset"': \1/p' "$1")
    [ "$bad" = 0 ] || failures="$failures
$names"
}

# run_script LOG SCRIPT: one test, or as many as it says that passed.
run_script() {
    if "$2" >"$1" 2>&1; then
        n=$(sed -n 's/^\([0-9]*\) passed.*/\1/p' "$1" | tail -n 1)
        passed=$((passed + ${n:-1}))
        tail -n 1 "$1"
    else
        cat "$1"
        fail "$preset: $2"
    fi
}

for preset in "$@"; do
    echo "== $preset =="
    log=build/$preset/test.log begun=$(date +%s)
    mkdir -p "build/$preset"
    if [ "$preset" = aarch64 ]; then
        run_script "build/$preset/run.log" scripts/test_aarch64.sh
        echo "$preset: built and tested in $(($(date +%s) - begun)) s"
        continue
    fi
    if ! build "$preset"; then
        fail "$preset does not build"
        continue
    fi
    built=$(date +%s)
    set -- --preset "$preset" --no-tests=error -j "$jobs"
    case $all$preset in
    *asan-ubsan | *tsan | *clang | yesrelease) ;; # the first three choose by themselves (CMakePresets.json)
    *) set -- "$@" -LE '^long$' ;;
    esac
    ctest "$@" 2>&1 | tee "$log" | sed -u '/^ *Start  *[0-9]*: /d' || true
    count "$log"
    echo "$preset: built in $((built - begun)) s, tested in $(($(date +%s) - built)) s"
done

[ -z "$failures" ] || printf 'These failed:%s\n' "$failures"
if [ "$skipped" = 0 ]; then
    echo "$passed passed, $failed failed"
else
    echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" = 0 ]
