#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# General MIDI by itself: songs play with the programs and drums of the model, in one command.
#
#   tests/general_midi.sh TIMBREL PROGRAM_CODES
#
# PROGRAM_CODES (bench/program_codes) gives the default model codes of a few programs, so that nothing depends on those
# that it has.
set -u
timbrel=$1
program_codes=$2
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"
model=some.safetensors
mkdir recorded drums
for p in 0 48 88; do sox "$root/presets/sounds/piano.flac" recorded/${p}_57_100.wav; done
for p in 40 56 64 96 104; do sox "$root/presets/sounds/violin.flac" recorded/${p}_69_100.wav; done
for p in 8 16 24 32 72 73 80 112; do sox "$root/presets/sounds/flute.flac" recorded/${p}_72_100.wav; done
sox "$root/presets/sounds/kick.flac" drums/128_36_100.wav
"$program_codes" default some.safetensors recorded drums 2>log || failed "no codes: $(cat log)"
"$program_codes" default none.safetensors drums drums 2>log || failed "no codes: $(cat log)"
between 16 "$(value some.safetensors general_midi_programs)" 16 'the number of programs'
between 0 "$(value none.safetensors general_midi_programs)" 0 'the number of programs without notes'

# bytes N...: these bytes.
bytes() {
    for byte in "$@"; do
        # shellcheck disable=SC2059 # the byte is the format
        printf "$(printf '\\%03o' "$byte")"
    done
}

# song <EVENTS: a MIDI file of one track, 480 ticks to half a second.
song() {
    cat >events
    printf 'MThd\0\0\0\6\0\0\0\1\001\340MTrk'
    n=$(($(wc -c <events) + 4))
    bytes 0 0 $((n / 256)) $((n % 256))
    cat events
    bytes 0 255 47 0
}

# program CHANNEL NUMBER; on CHANNEL KEY; off CHANNEL KEY: off comes a second later.
program() { bytes 0 $((192 + $1)) "$2"; }
on() { bytes 0 $((144 + $1)) "$2" 100; }
off() { bytes 135 64 $((128 + $1)) "$2" 0; }
play() {
    expect 0 '' render "$1.mid" --model "$model" --tail 1s -o "$1.wav"
    between -1.01 "$(value "$1.wav" peak)" -0.99 "the peak of $1"
}

# A band of sixteen parts.
{
    for c in 0 1 2 3 4 5 6 7 8 10 11 12 13 14 15; do
        program $c $(((0x30 + 8 * c) % 128))
        on $c $((48 + 2 * c))
    done
    on 9 36
    for c in 0 1 2 3 4 5 6 7 8 10 11 12 13 14 15; do
        off $c $((48 + 2 * c))
    done
} | song >band.mid
play band
grep -q 'no sound' out && failed 'a part of the band is silent'

# A model without programs wants to be told what to play with.
expect 2 'does not know General MIDI' render band.mid --model none.safetensors -o none.wav
{ on 0 60 && off 0 60; } | song >one.mid
expect 1 'Channel 1 has notes but no sound' render one.mid --model none.safetensors --sound 3=flute -o none.wav
expect 1 'nothing to write' render one.mid --model none.safetensors --sound 3=flute -o none.wav
[ -e none.wav ] && failed 'a song without sounds is written'

# A program that the model does not know is silent, and told; the others play.
{ program 0 40 && program 1 41 && on 0 60 && on 1 64 && off 0 60 && off 1 64; } | song >unknown.mid
expect 0 'does not know program 42 of channel 2' render unknown.mid --model "$model" -o unknown.wav

# Each program has its own sound, whose pitch is that of the key.
for p in 0 40 73; do
    { program 0 $p && on 0 60 && off 0 60; } | song >p$p.mid
    play p$p
    expect 0 'C4' info p$p.wav
done
cmp -s p0.wav p40.wav && failed 'programs sound the same'

# A note keeps its program when a program change follows at the same time.
{ program 0 40 && on 0 60 && program 0 0 && off 0 60; } | song >late.mid
play late
close_to 0.1 p40.wav late.wav

# A program change within a song: before it one sound, after it the other.
{ program 0 40 && on 0 60 && off 0 60 && program 0 0 && on 0 60 && off 0 60; } | song >both.mid
play both
sox p40.wav first.wav trim 0 0.9
sox both.wav second.wav trim 0 0.9 gain -n -1
sox first.wav third.wav gain -n -1
close_to 1.5 third.wav second.wav
expect 0 '' render both.mid --model "$model" --sound violin -o told.wav # as told, throughout
cmp -s both.wav told.wav && failed '--sound does not take the place of programs'

# One part with a sound of its own; the others keep their programs.
expect 0 '' render band.mid --model "$model" --sound 3=flute -o mixed.wav
cmp -s band.wav mixed.wav && failed 'the part with a sound of its own keeps its program'

# A reset sets the program to the first; variation banks are told.
{ program 0 40 && bytes 0 240 5 126 127 9 1 247 && on 0 60 && off 0 60; } | song >reset.mid
play reset
close_to 0.1 p0.wav reset.wav
{ bytes 0 176 0 8 && program 0 40 && on 0 60 && off 0 60; } | song >bank.mid
expect 0 'Channel 1: variation banks are not known' render bank.mid --model "$model" -o bank.wav

# Drums on channel 10, and on another that the song makes a rhythm part; --drums takes the place of the kit.
{ on 9 36 && off 9 36; } | song >drum.mid
play drum
{ bytes 0 177 0 127 && program 1 0 && on 1 36 && off 1 36; } | song >other.mid
expect 0 '' render other.mid --model "$model" --tail 1s -o other.wav
{ bytes 0 240 10 65 16 66 18 64 18 21 2 23 247 && on 1 36 && off 1 36; } | song >gs.mid
close_to 0.1 drum.wav other.wav
expect 0 '' render gs.mid --model "$model" --tail 1s -o gs.wav
close_to 0.1 drum.wav gs.wav
expect 0 '' render drum.mid --model "$model" --drums snare -o snare.wav
cmp -s drum.wav snare.wav && failed '--drums does not take the place of the kit'
conclude
