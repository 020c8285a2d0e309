#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Training on MIDI files through the command line: what each file is used for, a model with all networks, a run that is
# stopped and resumed and ends with the very bytes of one that was not, and what is refused.
#
#   tests/train_midi.sh TIMBREL
set -u
timbrel=$1
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"

# notes FILE CHANNEL NAME PITCH...: 64 eighth notes of 96 ticks a quarter, which repeat the pitches; CHANNEL from 1.
notes() {
    file=$1 channel=$2 name=$3
    shift 3
    {
        printf 'MThd\0\0\0\6\0\0\0\1\0\140'
        printf 'MTrk\0\0\002%b' "\\0$(printf %o $((8 + ${#name})))"
        printf '\0\377\003%b%s' "\\0$(printf %o ${#name})" "$name"
        i=0
        while [ $i -lt 64 ]; do
            printf '%b' "\\0000\\0$(printf %o $((143 + channel)))\\0$(printf %o "$1")\\0144\\060\\0$(printf %o $((127 + channel)))\\0$(printf %o "$1")\\0000"
            set -- "$@" "$1"
            shift
            i=$((i + 1))
        done
        printf '\0\377\057\0'
    } >"$file"
}

mkdir songs
notes songs/one.mid 1 Tune 60 62 64 65 67 65 64 62
notes songs/two.mid 1 Tune 67 65 64 62 60 62 64 67 69 67 65 64
notes songs/three.mid 1 Tune 60 64 67 72 71 67 65 62
notes songs/four.mid 1 Tune 62 65 69 74 72 69 67 64 65 62
expect 0 '4 MIDI files; melodies from 4: 256 notes' train songs -o tunes.safetensors --only melody --steps 60
cp out whole
grep -q 'four.mid *melody 64 notes, piece' whole || failed 'a file has no row'
grep -q 'one.mid .*melody 64 notes, piece' whole || failed 'the first file has no row'
grep -q '64 notes (held out)' whole || failed 'no file is held out'
grep -q '^The network of melodies foresees your 1 held-out file .* better' whole || failed 'there is no verdict'
grep -q 'nats' whole && failed 'the verdict is not in plain words'
grep -q 'held-out error [0-9.]* nats a note, [0-9.]* before' tunes.report.txt || failed 'the report has no figures'
grep -q '^The network of pieces stays as it was' whole || failed 'nothing is said of pieces'
grep -q 'rhythms finds nothing in these files, and stays as it was' whole || failed 'nothing is said of rhythms'
[ -s tunes.report.txt ] || failed 'there is no report'
[ -s tunes.report.png ] || failed 'there is no picture of the training'
[ -z "$(ls ./*.checkpoint 2>/dev/null)" ] || failed 'a finished run left its checkpoint'
expect 0 'kind  *models of music' info tunes.safetensors
expect 0 'rhythm  *[0-9]* weights' info tunes.safetensors
expect 0 'melody  *[0-9]* weights' info tunes.safetensors
expect 0 'learned from  *4 MIDI files; melodies' info tunes.safetensors
expect 0 'pieces known  *4' info tunes.safetensors
expect 2 'The model "tunes.safetensors" exists already; to learn from the 4 files, replace it with --force' \
    train songs -o tunes.safetensors --steps 1
expect 1 'no checkpoint of "tunes.safetensors" to continue from' train songs -o tunes.safetensors --steps 1 --resume
: >left.safetensors.rhythm.checkpoint
: >left.safetensors.piece.checkpoint
expect 2 ' "left.safetensors.rhythm.checkpoint", "left.safetensors.piece.checkpoint"; continue with --resume, or remove them' \
    train songs -o left.safetensors --steps 1
rm left.*

# What was learned from is where the next training starts.
expect 0 'the model is again.safetensors' train songs/one.mid -o again.safetensors --from tunes.safetensors --steps 1
grep -q 'foresees the held-out end of your 1 file' out || failed 'nothing of a single file is held out'
expect 0 'pieces known  *5' info again.safetensors
expect 0 '"learned_from": "4 MIDI files; melodies foreseen .* better; then 1 MIDI file; ' info --json again.safetensors
expect 0 '"pieces_known": 5' info --json again.safetensors
grep '^ *"[^"]* [^"]*":' out && failed 'names in JSON have spaces'

# Stopped and resumed.
interrupt '[ -e b.safetensors.melody.checkpoint ]' train songs -o b.safetensors --only melody --steps 60
[ $got = 130 ] || failed "Ctrl-C gave exit status $got"
grep -q 'with --resume continues' out || failed 'Ctrl-C did not say how to go on'
[ -s b.safetensors ] || failed 'Ctrl-C left no model'
expect 0 'melody  *[0-9]* weights' info b.safetensors
expect 2 'continue with --resume' train songs -o b.safetensors --only melody --steps 60
expect 2 'other files or options' train songs/one.mid -o b.safetensors --only melody --steps 60 --resume
expect 0 'the model is b.safetensors' train songs -o b.safetensors --only melody --steps 60 --resume
cmp tunes.safetensors b.safetensors || failed 'the resumed run ended with another model'
[ -z "$(ls ./*.checkpoint 2>/dev/null)" ] || failed 'a resumed run left its checkpoint'

# Drums on their own, on another channel than 10; files that are of no use; a folder in which there are sounds, too.
mkdir mixed
notes mixed/beat.mid 3 'Drum Kit' 36 42 38 42 36 36 38 46
cp songs/one.mid mixed/a.mid
cp songs/one.mid mixed/b.mid
notes mixed/short.mid 1 Tune 60
head -c 60 mixed/short.mid >mixed/cut.mid
printf 'MThd\0\0\0\6\0\0\0\1\0\140MTrk\0\0\0\4\0\377\057\0' >mixed/empty.mid
echo text >mixed/text.mid
expect 0 'beat.mid .*rhythm [0-9]* patterns, .*; its part "Drum Kit" on channel 3 is taken for drums' \
    train mixed -o mixed.safetensors --budget 3s
grep -q 'empty.mid *left out: it has no notes' out || failed 'a file without notes'
grep -q 'text.mid *left out: it is not a MIDI file; it looks like a text file$' out || failed 'a file that is no MIDI file'
grep -q 'b.mid *left out: it has the same notes as "a.mid"' out || failed 'the same file twice'
grep -q 'cut.mid *left out: it is too short' out || failed 'a file that is cut short'
cp "$root/presets/sounds/bell.flac" mixed
expect 2 'There are 1 sound and 7 MIDI files; choose what to learn from' train mixed -o x.safetensors --steps 1
expect 0 'the model is x.safetensors' train mixed -o x.safetensors --steps 1 --learn midi
expect 0 'frames to learn from' train mixed -o y.safetensors --steps 1 --learn sounds
mkdir useless
cp mixed/empty.mid useless
expect 1 'nothing to learn from in 1 MIDI file.*it has no notes' train useless -o z.safetensors
expect 1 'no MIDI file in "songs-of-none"\|no file or folder' train songs-of-none -o z.safetensors
expect 1 'learns from these files' train songs -o z.safetensors --only rhythm --steps 1
expect 2 '[-][-]latent is for the network of sounds' train songs -o z.safetensors --latent 8
expect 2 '[-][-]batch is for the network of sounds' train songs -o z.safetensors --batch 8
expect 1 'not a file of models of music\|not .*music' train songs -o z.safetensors --from songs/one.mid
[ ! -e z.safetensors ] || failed 'a failure left a model'
conclude
