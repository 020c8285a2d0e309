#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sound files as people have them: odd channels, sampler keys, levels, unfinished files, names that are no UTF-8.
#
#   tests/wild_files.sh TIMBREL
set -u
timbrel=$1
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"
command -v sox >/dev/null || { echo 'SKIPPED: sox is not installed; scripts/setup.sh build test installs it' && exit 77; }

# Channels: an inverted one, an empty one.
sox -n -r 44100 tone.wav synth 1 sawtooth 220 gain -12 fade 0.02 1 0.1
sox -M tone.wav -v -1 tone.wav inverted.wav
sox tone.wav left.wav remix 1 0
sox tone.wav both.wav remix 1 1
expect 0 'mix *left minus right: one channel is inverted' info inverted.wav
expect 0 'mix *left channel alone' info left.wav
expect 0 '' info both.wav
grep -q mix out && failed 'ordinary stereo has a mix of its own'
for name in inverted left both; do
    expect 0 '' resynth $name.wav -o again.wav
    close_to 0.1 "$work/tone.wav" $name.wav
    between -40 "$(value again.wav level)" 0 "the level of $name.wav"
done

# Levels are what is asked for, and what does not fit is told.
expect 0 '' resynth tone.wav -o plain.wav
expect 0 '' resynth tone.wav -o quiet.wav --gain -12
between 11.99 "$(awk -v a="$(value plain.wav peak)" -v b="$(value quiet.wav peak)" 'BEGIN { print a - b }')" 12.01 'the gain'
expect 0 '' decode tone.wav -o full.wav --normalize
between -1.01 "$(value full.wav peak)" -0.99 'the normalised peak'
expect 0 'dB over full scale' morph tone.wav flute -o loud.wav --gain 40
expect 2 'give one of them' resynth tone.wav -o x.wav --gain 3 --normalize
expect 2 'give one of them' render "$root/presets/songs/round.mid" --sound flute -o x.wav --gain 3 --normalize
expect 0 '' sample --count 1 -o drawn --normalize --hold 0.2s --tail 0.2s
between -1.01 "$(value drawn/draw-1.wav peak)" -0.99 'the normalised peak of a draw'
conclude
