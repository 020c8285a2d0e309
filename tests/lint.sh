#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Habits that a machine can check. Run from ctest, one check each:
#
#   tests/lint.sh headers|layers|format|cppcheck|shell|files|errors
#   tests/lint.sh circles OBJECTS (a file that lists those of a build, as build/PRESET/objects.txt)
#
# Exit status: 0 fine, 1 not, 77 the tool is not installed (ctest shows the test as skipped).
set -eu
cd "$(dirname "$0")/.."
ROOMS="base score audio measure plot nn melody piece rhythm compose vae synth note sound instrument sampler engine jam live train presets session web" # from the ground up
FOLDERS="include $ROOMS app bench tests"
# Headers that rooms above may include, beside the public ones and base/. bench/ and tests/ may include all.
SHARED="audio/erb.h melody/chords.h melody/model_kind.h piece/model_kind.h rhythm/model_kind.h nn/bernoulli_loss.h nn/embedding.h nn/gelu.h nn/layer_norm.h nn/learning_rate.h
    nn/linear.h nn/lstm.h nn/mlp.h nn/model_file.h nn/parameters.h nn/sampling.h nn/softmax_loss.h nn/tape.h nn/thread_pool.h nn/token_model.h nn/training.h nn/model_training.h vae/training.h
    synth/differentiable.h synth/envelope.h note/detail.h note/interpolate.h note/note.h sound/infer_latents.h
    instrument/played_notes.h engine/limiter.h engine/reverb.h compose/styles.h score/edit.h score/midi_file.h score/swing.h score/text.h train/find_sounds.h"
# The calls that close a circle of files on purpose, FROM TO: the engine renders the one whose place it takes and the
# schedule reads the engine's voices; the noise is a part of the synth's frame.
CIRCLES="engine/handover engine/engine
engine/schedule engine/engine
synth/render_noise synth/render"
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
    for header in include/timbrel/*.h; do
        echo "$header"
        echo "#include \"$header\"" | gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -xc -
        echo "#include \"$header\"" | g++ -std=c++17 -Wall -Wextra -Werror -Iinclude -fsyntax-only -xc++ -
    done
}

# Fails and shows the circles if the graph of the lines "FROM TO" has any.
no_circle() {
    if ! circle=$(tsort 2>&1 >/dev/null); then
        echo "these need each other:"
        echo "$circle"
        return 1
    fi
}

# A room includes only what is in the list of rooms before it, and of another room only what that one shares. Headers form
# no circle.
layers() {
    bad=0
    below=" include "
    for room in $ROOMS app; do
        below="$below$room "
        files=$(find "$room" -maxdepth 1 -name "*.[ch]")
        [ ! -f "include/timbrel/$room.h" ] || files="$files include/timbrel/$room.h"
        # shellcheck disable=SC2086,SC2013 # lists of words
        for line in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' $files | sort -u); do
            from=${line%%/*}
            [ "$from" != timbrel ] || { from=${line#timbrel/}; from=${from%.h}; }
            case $below in
            *" $from "*) ;;
            *)
                echo "$room/ includes $line, which is not below it"
                bad=1
                ;;
            esac
            case $line in "$room"/* | timbrel/* | base/*) continue ;; esac
            for shared in $SHARED; do
                [ "$line" != "$shared" ] || continue 2
            done
            echo "$room/ includes $line, which is private to $from/: use a public header, or add it to SHARED"
            bad=1
        done
    done
    for shared in $SHARED; do
        # shellcheck disable=SC2046,SC2086 # lists of words
        if ! grep -q "^#include \"$shared\"" $(find $ROOMS app -name "*.[ch]" ! -path "${shared%%/*}/*"); then
            echo "no other room includes $shared: take it out of SHARED"
            bad=1
        fi
    done
    # shellcheck disable=SC2046 # a list of words
    awk -F'"' '/^#include "/ { print FILENAME, ($2 ~ /^timbrel\// ? "include/" $2 : $2) }' $(sources | grep '\.h$') |
        no_circle || bad=1
    return $bad
}

# Files do not call each other in a circle, but for CIRCLES: seen in the objects.
circles() {
    need nm
    xargs nm -A -P <"$1" | awk -v allowed="$CIRCLES" '
        BEGIN { n = split(allowed, line, "\n"); for (i = 1; i <= n; i++) skip[line[i]] }
        { sub(/^.*\/timbrel_app\.dir/, "app", $1); sub(/^.*\.dir\/(\.\/)?/, "", $1); sub(/\.c\.o.*/, "", $1) }
        $3 ~ /^[BDRTi]$/ { home[$2] = $1; n_homes++ }
        $3 == "U" { uses[$1 " " $2] }
        END {
            for (use in uses) {
                split(use, part, " ")
                to = home[part[2]]
                if (to != "" && to != part[1] && !((part[1] " " to) in skip))
                    print part[1], to
            }
            if (!n_homes) # no objects were read
                print "no objects\nobjects no"
        }' | sort -u | no_circle
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
    cppcheck --enable=warning,performance,portability --inline-suppr --quiet --error-exitcode=1 -j 2 --std=c11 -I include -I . \
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

# Every failure records its sentence: an error's code is only compared, or given to tb_fail. A sentence begins with a
# capital, a name or an option, and ends with a full stop. No caller can overlook a status that a header's function gives.
errors() {
    bad=0
    for file in $(sources | grep '\.c$' | grep -v '^tests/'); do
        # shellcheck disable=SC2016 # awk's, not the shell's
        awk -v file="$file" 'BEGIN { RS = "\001" } {
            gsub(/[ \t\n]+/, " "); gsub(/" "/, "")
            for (text = $0; match(text, /tb_fail\([^",;]*, "([^"\\]|\\.)*"/); text = substr(text, RSTART + RLENGTH)) {
                message = substr(text, RSTART, RLENGTH)
                sub(/^tb_fail\([^"]*"/, "", message); sub(/"$/, "", message)
                if (message !~ /^([A-Z%]|--|\\"|`)/ || message !~ /([.?!]|%s)$/) {
                    print file ": not a sentence with a capital and a full stop: " message; bad = 1
                }
            }
            gsub(/tb_fail\( ?[^",;]*,/, "tb_fail(")
            for (; match($0, /(return|[^=!<>]=|[?:]) TB_ERR_[A-Z_]+ ?[;:,)]/); $0 = substr($0, RSTART + RLENGTH)) {
                print file ": without a sentence of tb_fail: " substr($0, RSTART, RLENGTH); bad = 1
            }
        } END { exit bad }' "$file" || bad=1
    done
    if sources | grep '\.h$' | grep -v '^tests/' | xargs grep -nE '^(TB_API )?TbStatus [a-z_0-9]+\('; then
        echo "these need TB_NODISCARD"
        bad=1
    fi
    return $bad
}

case ${1:-} in
headers) headers ;;
layers) layers ;;
circles) circles "${2:?a file that lists objects}" ;;
format) format ;;
cppcheck) check ;;
shell) shell ;;
files) files ;;
errors) errors ;;
*)
    echo "usage: tests/lint.sh headers|layers|circles OBJECTS|format|cppcheck|shell|files|errors" >&2
    exit 2
    ;;
esac
