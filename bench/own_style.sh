#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# How far `timbrel train` takes the built-in networks to five styles that none of them learned from: a drummer, waltzes, a
# composer's songs without words, blues, and the music of a game. Two thirds of a style's files are learned from, every
# third is held out. In waltzes and blues, variants of a groove are on both sides.
#
#   bench/own_style.sh DATA START [WORK_FOLDER] [ARGUMENT OF timbrel train ...]
#
# DATA has the sets of scripts/train_music.sh and piano_midi_de; START is a file of networks that has not seen the styles.
# The networks that ship have learned from the drummer: for him, START should have been trained without. STYLES=... in the
# environment chooses some. Default: build/own-style, --budget 10m.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: bench/own_style.sh DATA START [WORK_FOLDER] [ARGUMENT ...]" >&2
    exit 2
fi
data=$(cd "$1" && pwd) start=$(realpath "$2")
shift 2
work=build/own-style
if [ $# -gt 0 ]; then
    work=$1
    shift
fi
[ $# -gt 0 ] || set -- --budget 10m
cd "$(dirname "$0")/.."
bin=$(pwd)/build/release
mkdir -p "$work"
cd "$work"

# files SET SPLITS COLUMN VALUES: those of which, in index.tsv, two columns match.
files() {
    awk -F'\t' -v folder="$data/$1/midi/" -v splits="^($2)\$" -v column="$3" -v values="^($4)\$" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["split"] ~ splits && $at[column] ~ values { print folder $1 }' "$data/$1/index.tsv" | sort
}

# measure STYLE SETS ARGUMENT...: of STYLE.files; its measures are compared with those of other files of the SETS, which
# are like what the networks learned from.
measure() {
    style=$1 sets=$2
    shift 2
    case " ${STYLES:-$style} " in *" $style "*) ;; *) return ;; esac
    echo "== $style"
    rm -rf "$style" "$style".safetensors* "$style".report.*
    mkdir "$style"
    awk -v held="$style.held" 'NR % 3 == 0 { print > held; next } { print }' "$style.files" | while read -r file; do
        ln -s "$file" "$style/"
    done
    for set in $sets; do
        files "$set" test file '.*' | grep -vxFf "$style.files" | awk 'NR % 2 == 0' | head -50
    done >"$style.other"
    "$bin/app/timbrel" train "$style" -o "$style.safetensors" --from "$start" "$@" 2>/dev/null | grep -v '\.mid'
    "$bin/bench/own_style" "$start" "$style.safetensors" "$style.held" "$style.other" 2>/dev/null
}

files groove '.*' drummer 5 >drummer.files
files mma_rendered 'valid|test' family 'waltz|broadwaywaltz' >waltzes.files
files piano_midi_de '.*' composer Mendelssohn >songs.files
files mma_rendered 'valid|test' family blues >blues.files
files freedoom 'valid|test' file '.*' >game.files
measure drummer 'groove mma_rendered' "$@"
measure waltzes 'groove mma_rendered' "$@"
measure songs 'nottingham openewld lieder_full' "$@"
measure blues 'groove mma_rendered' "$@"
measure game 'groove mma_rendered' "$@"
