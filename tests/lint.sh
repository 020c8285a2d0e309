#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Habits that a machine can check. Run from ctest, one check each:
#
#   tests/lint.sh headers|format|cppcheck|shell|files
#
# Exit status: 0 fine, 1 not, 77 the tool is not installed (ctest shows the test as skipped).
set -eu
cd "$(dirname "$0")/.."
FOLDERS="base audio measure synth vae sound instrument sampler play live train presets stage page app bench tests"
MAX_LINES=400

# shellcheck disable=SC2086 # a list of words
sources() { find $FOLDERS -name "*.[ch]" 2>/dev/null | sort; }

need() {
    if ! command -v "$1" >/dev/null; then
        echo "SKIPPED: $1 is not installed; scripts/setup.sh build test installs it"
        exit 77
    fi
}

# Every public header compiles alone, in C and in C++.
headers() {
    need g++
    for folder in $FOLDERS; do
        header=$folder/$folder.h
        [ -f "$header" ] || continue
        echo "$header"
        echo "#include \"$header\"" | gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -I. -fsyntax-only -xc -
        echo "#include \"$header\"" | g++ -std=c++17 -Wall -Wextra -Werror -I. -fsyntax-only -xc++ -
    done
}

format() {
    need clang-format
    sources | xargs clang-format --dry-run -Werror
}

# Suppressed: invalidPointerCast, since tables of fields (offsetof) are read through char pointers on purpose; uninitvar,
# since arrays that a loop fills are mistaken for unset (gcc and valgrind look after the real ones);
# uselessAssignmentPtrArg, since kernels move their own copy of a pointer on.
check() {
    need cppcheck
    sources | grep -v '^tests/' >"${TMPDIR:-/tmp}/timbrel-cppcheck.$$"
    trap 'rm -f "${TMPDIR:-/tmp}/timbrel-cppcheck.$$"' EXIT
    cppcheck --enable=warning,performance,portability --inline-suppr --quiet --error-exitcode=1 -j 2 --std=c11 -I . \
        --suppress=invalidPointerCast --suppress=uninitvar --suppress=uselessAssignmentPtrArg -D_GNU_SOURCE \
        --file-list="${TMPDIR:-/tmp}/timbrel-cppcheck.$$"
}

shell() {
    need shellcheck
    shellcheck .ci/run scripts/*.sh tests/*.sh app/completion.bash
}

# A file does one thing: it stays short; and it says its licence.
files() {
    bad=0
    for file in $(sources); do
        lines=$(wc -l <"$file")
        if [ "$lines" -gt $MAX_LINES ]; then
            echo "$file has $lines lines, over $MAX_LINES: divide it"
            bad=1
        fi
        if ! head -n 30 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later'; then
            echo "$file does not name its licence at its top"
            bad=1
        fi
    done
    return $bad
}

case ${1:-} in
headers) headers ;;
format) format ;;
cppcheck) check ;;
shell) shell ;;
files) files ;;
*)
    echo "usage: tests/lint.sh headers|format|cppcheck|shell|files" >&2
    exit 2
    ;;
esac
