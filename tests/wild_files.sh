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
sox -n -r 44100 -b 16 tone.wav synth 1 sawtooth 220 gain -12 fade 0.02 1 0.1
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

# Unfinished files: 0 or too much as the size of the samples, or a header alone.
patch_size() { # FILE BYTES: of the data chunk, which sox writes at byte 40
    { head -c 40 tone.wav && printf '%b' "$2" && tail -c +45 tone.wav; } >"$1"
}
patch_size zero.wav '\0\0\0\0'
patch_size beyond.wav '\0\0\0\0100'
patch_size ones.wav '\0377\0377\0377\0377'
for name in zero beyond ones; do
    expect 0 '^  length *1 s' info $name.wav
    close_to 0.001 "$work/tone.wav" $name.wav
done
expect 0 'ends earlier than its header says' info beyond.wav
head -c 44 tone.wav >none.wav
expect 1 'holds no sound' info none.wav

# Dither alone is silence.
sox -n -r 44100 -b 16 dither.wav synth 1 whitenoise vol 0.00001 dither 2>/dev/null
expect 0 'note *it is silent, but for dither' info dither.wav
expect 0 '' encode dither.wav -o dither.timbrel
expect 0 'it is silent' info dither.timbrel

# An MP3 file that begins within a frame, and has no header with its length.
if sox tone.wav tone.mp3 2>/dev/null; then
    tail -c +600 tone.mp3 >cut.mp3
    between 0.9 "$(value cut.mp3 length)" 1.1 'the length of a cut MP3 file'
fi

# Standard input and output.
"$timbrel" resynth - -o - <tone.wav >piped.wav 2>err || failed "a pipe: $(cat err)"
cmp piped.wav plain.wav || failed 'a pipe changes the sound'
"$timbrel" info - <tone.wav >out 2>&1 || failed "info of standard input: $(cat out)"
grep -q '^standard input$' out || failed "standard input is called: $(cat out)"
echo no sound | "$timbrel" resynth - -o x.wav >out 2>&1 && failed 'a text is resynthesised'
grep -q '"standard input" is not a sound file' out || failed "a text in standard input: $(cat out)"
"$timbrel" render - --sound flute --tail 0 -o - <"$root/presets/songs/round.mid" 2>err | head -c 4 | grep -q RIFF ||
    failed "a song in a pipe: $(cat err)"
expect 2 'only once' morph - - -o x.wav
expect 2 'several files' morph flute bell --steps 3 -o -
mkdir folder
cp tone.wav folder
expect 2 'is a folder; name one' resynth folder -o -
expect 2 'cannot go to standard output' play flute --device none --no-page --record -

# Several files at once; a name that is no UTF-8 stays valid JSON.
odd=$(printf 'odd\377.wav')
cp tone.wav "$odd"
expect 0 'piano' info tone.wav piano
[ "$(grep -c '^  kind ' out)" = 2 ] || failed "info of two files: $(cat out)"
expect 1 '1 of 3 files could not be described' info tone.wav nowhere.wav bell
expect 0 '"file": "odd?.wav"' info "$odd" tone.wav "$root/presets/songs/round.mid" --json
expect 0 '"ref": "odd?.wav"' compare "$odd" tone.wav --json

# Every command that takes a sound takes an instrument: the note that sample writes of it.
expect 0 '' sample --count 1 --seed 7 -o seven
close_to 2.5 seven/draw-7.wav seed:7 # its noise is drawn anew
expect 0 'instrument; what follows is of a note' info seed:7
expect 0 '' morph seed:7 flute,bell@0.3 -o morph.wav
expect 0 '' decode 'preset:Warm Front' -o warm.wav --note C3
expect 0 '' encode seed:7 -o seven.timbrel
expect 0 '' resynth seed:7 -o seven.wav
expect 0 '' plot seed:7 -o seven.png
expect 0 '' map seed:7 bell flute,violin -o map.png
expect 1 'no preset' resynth 'preset:No such' -o x.wav
expect 2 'a seed is a whole number' info seed:x

# Keys: what the name says, or the smpl chunk, plays the recording as it is, whatever its pitch is.
printf 'MThd\0\0\0\6\0\0\0\1\0\140MTrk\0\0\0\015\0\220\074\144\201\100\200\074\0\0\377\057\0' >c4.mid
cp tone.wav tone_C4.wav
expect 0 '' render c4.mid --sound tone.wav -o pitched.wav
expect 0 '' info pitched.wav
grep -q 'pitch *C4' out || failed "a tone of no name at C4 has another pitch: $(cat out)"
expect 0 '' render c4.mid --sound tone_C4.wav -o named.wav
expect 0 'pitch *A3' info named.wav
expect 0 '' instrument tone_C4.wav -o exported --low C4 --high C4 --layers 1
cp exported/*_C4_v1.wav chunk.wav
expect 0 'root key *C4' info chunk.wav
expect 0 '' render c4.mid --sound chunk.wav -o chunk-c4.wav
expect 0 'pitch *A3' info chunk-c4.wav

# Scala: C4 of a scale in which key 60 is a quarter tone sharp; the key above it a fifth.
printf 'a fifth\n2\n3/2\n2/1\n' >fifth.scl
printf '0\n0\n127\n60\n60\n269.2918\n0\n' >sharp.kbm
expect 0 '' render c4.mid --sound tone.wav -o tuned.wav --tuning fifth.scl --keyboard-map sharp.kbm
expect 0 'pitch *C[#4]* [+-][45][0-9] cents' info tuned.wav
expect 0 '' instrument tone.wav -o fifths --low 60 --high 62 --layers 1 --tuning fifth.scl
expect 0 'pitch *G4' info fifths/tone_061_Cs4_v1.wav
expect 0 'pitch *C5' info fifths/tone_062_D4_v1.wav
expect 2 'give both' render c4.mid --sound flute -o x.wav --keyboard-map sharp.kbm
expect 1 '"sharp.kbm".*number of notes' render c4.mid --sound flute -o x.wav --tuning sharp.kbm
expect 1 'There is no file "none.scl"' play --device none --no-page --tuning none.scl
conclude
