#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Trains the networks of music that ship, from MIDI files: presets/README.md names the sets, with licences and credits.
#
#   scripts/train_music.sh DATA [WORK_FOLDER]     default: build/train-music
#
# DATA has a folder for each set: groove, mma_rendered, nottingham, openewld, lieder_vocal, lieder_full, quartets, freedoom;
# each with its files in midi/, the lists train.txt, valid.txt and test.txt of their paths, and index.tsv (bench/rhythm_table.h).
# Takes some hours on one core. A run that was stopped goes on from its checkpoint when the script is called again.
# STEPS=20 in the environment trains each network for so few steps: to try the script.
set -eu
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: scripts/train_music.sh DATA [WORK_FOLDER]" >&2
    exit 2
fi
data=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
work=${2:-build/train-music}
mkdir -p "$work"
bench=build/release/bench
for set in groove mma_rendered nottingham openewld lieder_vocal lieder_full quartets freedoom; do
    if [ ! -e "$data/$set/train.txt" ] || [ ! -e "$data/$set/index.tsv" ]; then
        echo "There is no set \"$data/$set\" with train.txt and index.tsv." >&2
        exit 1
    fi
done
cmake --preset release --log-level=WARNING
cmake --build --preset release --target train_rhythm train_melody train_piece merge_models music_copies rhythm melody piece

# resume MODEL: the argument that goes on from a checkpoint, if there is one.
resume() {
    [ ! -e "$1.checkpoint" ] || echo resume
}

# steps N: the number of steps of a network. Steps, not minutes: the same seed, number of threads and data then give the
# same weights.
steps() {
    echo "steps=${STEPS:-$1}"
}

rhythm=$work/rhythm.safetensors melody=$work/melody.safetensors piece=$work/piece.safetensors
# shellcheck disable=SC2046 # nothing, or a word
if [ ! -e "$rhythm" ]; then
    $bench/train_rhythm "$data/groove/index.tsv" "$rhythm" "$(steps 6000)" also="$data/mma_rendered/index.tsv" \
        $(resume "$rhythm")
fi
# shellcheck disable=SC2046
if [ ! -e "$melody" ]; then
    $bench/train_melody "$melody" "$(steps 2200)" every=275 rate=0.004 decay=0.1 embedded=0.25 recurrent=0.4 output=0.5 \
        $(resume "$melody") "$data/nottingham" "$data/openewld" "$data/lieder_vocal"
fi
# train_pieces MODEL OPTION...
train_pieces() {
    model=$1
    shift
    # shellcheck disable=SC2046
    [ -e "$model" ] || $bench/train_piece "$model" batch=8 every=150 windows=64 patience=30 "$@" $(resume "$model") \
        "$data/mma_rendered:names:3" "$data/freedoom:game:1.5" "$data/nottingham:folk:0.5" "$data/openewld:songs:2" \
        "$data/lieder_full:romantic:0.15" "$data/quartets:classical:0.1"
}
train_pieces "$work/piece_first.safetensors" "$(steps 5500)" rate=2e-3
train_pieces "$piece" start="$work/piece_first.safetensors" "$(steps 1393)" rate=1.5e-3 dropout=0.2 decay=0.1
$bench/merge_models "$work/music.safetensors" "$rhythm" "$melody" "$piece"
$bench/music_copies "$work/music.copies" "$data/nottingham/index.tsv" "$data/openewld/index.tsv" \
    "$data/lieder_vocal/index.tsv" "$data/groove/index.tsv" "$data/mma_rendered/index.tsv" "$data/freedoom/index.tsv"
size=$(wc -c <"$work/music.safetensors")
if [ "$size" -gt 6000000 ]; then
    echo "The networks take $size bytes; 6 million are the most that ship." >&2
    exit 1
fi

# The report: what was held out, and figures on it.
{
    echo "Held out, for the figures: the files of test.txt in each set; those of valid.txt chose the weights."
    wc -l "$data"/*/test.txt "$data"/*/valid.txt
    echo "Rhythms:"
    $bench/rhythm "$data/groove/index.tsv" "$work/music.safetensors"
    echo "Melodies:"
    $bench/melody "$work/music.safetensors" "$data/nottingham" "$data/openewld" "$data/lieder_vocal"
    echo "Pieces:"
    $bench/piece "$work/music.safetensors" "$data/mma_rendered:names" "$data/freedoom:game" "$data/nottingham:folk" \
        "$data/lieder_full:romantic"
} >"$work/music.report.txt"
echo "The networks, the index of copies and music.report.txt are in $work; copy the first two to presets/ to ship them."
