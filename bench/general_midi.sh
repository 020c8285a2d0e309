#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# How near a model's General MIDI is to what it learned: plays each note as a song without --sound, and compares it with
# the recording.
#
#   bench/general_midi.sh TIMBREL MODEL NOTES [WORK]
#
# NOTES has files PROGRAM_KEY_VELOCITY.wav of 2 s and their release, from the beginning of the note, with a peak of -6 dB
# (presets/tools/render_notes); program 128 is drums. Prints the distances of each note, worst last. Needs sox.
set -eu
timbrel=$1 model=$2 notes=$3
work=${4:-$(mktemp -d)}
mkdir -p "$work/known" "$work/played"

# byte N: printf's name of a byte.
byte() {
    printf '\\%03o' "$1"
}

# note PROGRAM KEY VELOCITY: a MIDI file of one note of 1,920 ticks: 2 s.
note() {
    channel=0 program=$1
    [ "$1" = 128 ] && channel=9 program=0
    # shellcheck disable=SC2059 # the bytes are the format
    printf "MThd\0\0\0\6\0\0\0\1\001\340MTrk\0\0\0\020\0$(byte $((192 + channel)))$(byte "$program")\0$(byte \
        $((144 + channel)))$(byte "$2")$(byte "$3")\217\0$(byte "$2")\0\0\377\057\0"
}

for file in "$notes"/*_*_*.wav; do
    name=$(basename "$file" .wav)
    rest=${name#*_}
    note "${name%%_*}" "${rest%%_*}" "${rest#*_}" >"$work/note.mid"
    if "$timbrel" render "$work/note.mid" --model "$model" --mono --rate 44100 --normalize -o "$work/note.wav" 2>"$work/log"; then
        sox "$work/note.wav" "$work/played/$name.wav" gain -5 pad 0 3 trim 0 "$(soxi -s "$file")s"
        cp "$file" "$work/known/"
    else
        cat "$work/log" >&2
    fi
done
"$timbrel" compare "$work/known" "$work/played" --json 2>"$work/log" |
    awk -F'"' '/_[0-9]*\.wav"/ { name = $(NF - 1) } /"mel_lsd"/ && name { sub(/[ :,]*/, "", $3); print $3 + 0, name; name = "" }' |
    sort -n
