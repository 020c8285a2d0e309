#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Trains a default model from scratch: packages, training data, `timbrel train`. presets/README.md says by what the one
# that ships differs.
#
#   scripts/train_default.sh [WORK_FOLDER [RECORDINGS]]
#
# WORK_FOLDER: default build/train-default. RECORDINGS: a folder of folders of real recordings, see
# presets/tools/vary_recordings.c; without it the model learns from Debian's packages alone.
set -eu
recordings=
if [ -n "${2:-}" ]; then
    recordings=$(cd "$2" && pwd)
fi
cd "$(dirname "$0")/.."
work=${1:-build/train-default}

# A number of steps, not minutes: the same seed, threads and data then give the same model.
TRAIN_OPTIONS="--steps 60000 --note-steps 36000 --hold 2 --threads 2 --seed 1"

scripts/training_data.sh "$work/data" ${recordings:+"$recordings"}
cmake --build --preset release
# shellcheck disable=SC2086 # a list of words
build/release/app/timbrel train "$work/data" -o "$work/default.safetensors" $TRAIN_OPTIONS
echo "The model and its training report are in $work; copy them to presets/ to ship them."
