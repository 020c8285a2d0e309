#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Tracks through the command line: what is asked for is written, played and told; what is wrong is said in a sentence.
#
#   tests/compose_command.sh TIMBREL
set -u
timbrel=$1
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"

# fact FILE KEY: a text of `timbrel info`.
fact() {
    "$timbrel" info "$1" --json | sed -n "s/^ *\"$2\": \"\(.*\)\".*/\1/p" | head -n 1
}

# same WHAT GOT WANTED
same() {
    [ "$2" = "$3" ] || failed "$1 is $2, not $3"
}

# A track of two parts, with all its files.
expect 0 'loudness  *-1[56]\.[0-9] LUFS, true peak -[1-9]' compose --bars 4 --tempo 120 --key 'D minor' --parts drums,melody \
    --style folk --stems stems --picture track.png -o track.wav
for line in 'bars  *4$' 'tempo  *120 BPM' 'metre  *4/4' 'key  *D minor' 'style  *folk' 'drums by  *[a-z]* kit, [0-9]* notes' \
    'melody by  *[a-z]' 'length  *[0-9.]* s' 'longest match  *\([0-9][0-9]* notes*, also in "\|none in \)' 'files  *track.wav, track.mid, track.png, and 2 stems in'; do
    grep -q "^  $line" out || failed "no \"$line\" in: $(cat out)"
done
[ "$(find stems -type f | wc -l)" = 2 ] || failed "the stems are $(ls stems)"
between 8 "$(value track.wav length)" 14 'the length of four bars at 120'
between 8 "$(value track.mid length)" 8 'the length of its MIDI file'
between 2 "$(value track.wav channels)" 2 'the number of channels'
between -6 "$(value track.wav peak)" -0.99 "its peak"
between 4 "$(value track.mid bars)" 4 'the number of bars'
same 'the metre' "$(fact track.mid metre)" 4/4
same 'the key signature' "$(fact track.mid key_signature)" '1 flat, minor'
for stem in drums melody; do
    same "the length of the $stem" "$(value stems/$stem.wav length)" "$(value track.wav length)"
done
[ "$(head -c 4 track.png | tail -c 3)" = PNG ] || failed "track.png is no picture"

# The same seed, the same bytes, with stems or without; another seed, another track.
expect 0 '' compose --bars 4 --tempo 120 --key 'D minor' --parts drums,melody --style folk -o again.wav
cmp track.wav again.wav || failed 'a track is not the same again'
cmp track.mid again.mid || failed 'its notes are not the same again'
expect 0 '' compose --bars 4 --tempo 120 --key 'D minor' --parts drums,melody --style folk -o other.mid --seed 2
cmp -s track.mid other.mid && failed 'the seed changes nothing'

# Sounds: those asked for are named and heard.
expect 0 'melody by  *flute,voice@0.4, ' compose --bars 2 --only melody --sound melody=flute,voice@0.4 -o flute.flac --bits 16
expect 0 'melody by  *seed:7, ' compose --bars 2 --only melody --sound melody=seed:7 -o drawn.flac --bits 16 --rate 44100
between 44100 "$(value drawn.flac sample_rate)" 44100 'the rate asked for'
cmp flute.mid drawn.mid || failed 'the sound changes the notes'
mkdir kit
cp "$root/presets/sounds/kick.flac" kit/36.flac
expect 0 'have no sound in this kit' compose --bars 2 --only rhythm --sound drums=kit -o kick.wav
expect 1 'did you mean "flute"' compose --bars 2 --only melody --sound melody=flue -o x.wav

# Metres, forms, one part.
expect 0 'metre  *3/4' compose --bars 8 --metre 3/4 --only melody --form AB --loop -o waltz.mid
between 8 "$(value waltz.mid bars)" 8 'the bars of a waltz'
expect 0 '' compose --bars 2 --only rhythm -o beat.mid
expect 0 '' compose --bars 2 --only drums --model default -o drums-only.mid
cmp beat.mid drums-only.mid || failed 'drums of the default model are not the rhythm'
same 'the only part' "$("$timbrel" info beat.mid | grep -c 'channel 10')" 1

# From given music.
expect 0 'new from bar  *5' compose --primer other.mid --bars 2 --parts drums,melody -o more.mid
between 6 "$(value more.mid bars)" 6 'the bars of a primer and two more'
expect 0 'bars  *2$' compose --primer other.mid --bars 2 --parts drums,melody --without-primer -o new.mid
expect 0 '' compose --lock melody other.mid --parts drums,melody -o locked.mid
same 'the parts of a locked melody' "$("$timbrel" info locked.mid | grep -c '^  part ')" 2
expect 0 '' compose --lock melody other.mid --only melody -o melody.mid
expect 0 '' compose --lock melody locked.mid --only melody -o melody-again.mid
cmp melody.mid melody-again.mid || failed 'a locked melody is not the same'
expect 0 '' compose --lock drums other.mid --only rhythm -o drums.mid
expect 0 '' compose --lock drums locked.mid --only rhythm -o drums-again.mid
cmp -s drums.mid drums-again.mid && failed 'the drums for a locked melody are those that were there'
grep -q 'longest match' out && failed 'what is only kept is searched for copies'
expect 0 '' compose --vary other.mid --amount 0 -o kept.mid
expect 0 '' compose --vary other.mid --amount 1 --lock drums -o varied.mid
cmp -s kept.mid varied.mid && failed 'a variation is the file itself'

# What makes no difference is refused, not ignored, and no file takes the place of another.
expect 2 '[-][-]steps goes with' compose --only rhythm --bars 2 --steps 9 -o x.mid
expect 2 '[-][-]density cannot be chosen here' compose --humanise other.mid --density 2 -o x.mid
expect 2 '[-][-]only cannot be chosen here' compose --vary other.mid --only bass -o x.mid
expect 2 'writes chords and bass' compose --harmonise other.mid --parts melody -o x.mid
expect 2 'wants a metre' compose --metre 4/+4 -o x.mid
mkdir st
expect 2 'has the name of a stem' compose --only rhythm --bars 1 --stems st -o st/drums.wav
expect 2 '[-][-]allow-copies cannot be chosen here' compose --vary other.mid --allow-copies -o x.mid
expect 2 '[-][-]rate is for sound' compose --rate 44100 -o x.mid
expect 2 '[-][-]bits is for sound' compose --bits 24 -o x.mid

# Played as a drummer would: the notes stay, their places move, and nothing is called a copy.
expect 0 '' compose --humanise other.mid -o human.mid
grep -q 'longest match' out && failed 'what is only played is searched for copies'
same 'the number of notes that are played' "$(value human.mid notes)" "$(value other.mid notes)"
cmp -s kept.mid human.mid && failed 'nothing is played otherwise'
expect 0 '' compose --humanise other.mid --amount 0 -o stiff.mid
cmp kept.mid stiff.mid || failed 'no amount of playing changes something'
expect 0 'bars  *12$' compose --interpolate track.mid other.mid --steps 3 -o between.mid
expect 1 '"waltz.mid" and "other.mid": .* not in one metre' compose --interpolate waltz.mid other.mid -o x.mid

# All four parts, which need a network of pieces beside those of rhythms and melodies; a build without it says so.
if "$timbrel" compose --bars 4 -o all.wav --stems all >out 2>&1; then
    between 4 "$(find all -type f | wc -l)" 4 'the number of stems'
    between 6.9 "$(value all.wav length)" 50 'the length of four bars'
    for part in drums bass chords melody; do
        grep -q "^  $part by  *[a-z].*, [0-9]* note" out || failed "no $part in: $(cat out)"
    done
    expect 0 'bars  *6$' compose --continue all.mid --bars 2 -o longer.mid
    expect 0 'bars  *2$' compose --continue all.mid --bars 2 --without-primer -o new.mid
    expect 0 'bars  *4$' compose --lock melody other.mid -o band.mid
    same 'the parts of a melody with a band' "$("$timbrel" info band.mid | grep -c '^  part ')" 4
    expect 0 'bars  *4$' compose --harmonise other.mid -o chords.mid
else
    grep -q '^timbrel: This needs a network of pieces' out || failed "four parts: $(cat out)"
    expect 1 'needs a network of pieces' compose --only bass -o x.mid
fi

# The list of styles in the help and the manual page is whole; only parts that can be written are offered.
styles=$("$timbrel" --complete compose --style '' | sed '$!s/$/,/' | tr '\n' ' ' | sed 's/, \([a-z]*\) $/ or \1/')
"$timbrel" compose --help | tr '\n' ' ' | grep -q "STYLE is $styles\." || failed "the help does not list $styles"
tr '\n' ' ' <"$root/docs/timbrel.1" | grep -q "is $styles;" || failed "the manual page does not list $styles"
same 'what is offered for --lock' "$("$timbrel" --complete compose --lock '' | tr '\n' ' ')" 'melody chords bass drums '

# What is wrong is said.
printf 'MThd\0\0\0\6\0\0\0\1\0\140MTrk\0\0\0\4\0\377\057\0' >empty.mid
expect 2 'does not end in \.wav' compose -o x.txt
expect 2 'wants a key such as' compose --key H -o x.mid
expect 2 'wants a metre such as' compose --metre 4/3 -o x.mid
expect 2 'did you mean "jazz"' compose --style jaz -o x.mid
expect 2 'the styles are any, ' compose --style xylophone -o x.mid
expect 2 'wants parts with commas' compose --parts drum -o x.mid
expect 2 'give one of them' compose --only bass --parts drums -o x.mid
expect 2 'two different tasks' compose --primer other.mid --vary track.mid -o x.mid
expect 2 'wants two files' compose --interpolate other.mid -o x.mid
expect 2 'wants a file that has the parts' compose --lock melody -o x.mid
expect 2 'leave it out here' compose --lock melody --humanise other.mid -o x.mid
expect 2 'Say what to do with "other.mid"' compose other.mid -o x.mid
expect 2 '"other.mid" decides it' compose --vary other.mid --bars 4 -o x.mid
expect 2 '"other.mid" decides it' compose --primer other.mid --tempo 90 -o x.mid
expect 2 'goes with --vary' compose --amount 0.5 -o x.mid
expect 2 'goes with --primer' compose --without-primer -o x.mid
expect 2 'is for sound' compose --stems parts -o x.mid
expect 2 'which part gets which sound' compose --sound tuba=flute -o x.wav
expect 2 'has a sound already' compose --sound bass=flute --sound bass=voice -o x.wav
expect 2 'itself would be lost' compose --vary other.mid -o other.wav
expect 1 'make it first' compose -o nowhere/x.wav
expect 1 'has no notes' compose --vary empty.mid -o x.mid
expect 1 'is not a MIDI file' compose --primer track.wav -o x.mid
expect 2 'name a file, such as track.wav' compose -o -
expect 2 '"empty.mid" exists already' compose --only drums --bars 1 -o empty.wav
[ -e empty.wav ] && failed 'a track is written beside notes that are not its own'
cp "$root/presets/songs/round.mid" song.mid
cp "$root/presets/sounds/flute.flac" song.wav
expect 2 '"song.mid" exists already' compose --only drums --bars 1 -o song.wav
cmp -s "$root/presets/songs/round.mid" song.mid || failed 'a song beside its own recording is replaced'
expect 0 '' jam --offline 1 --record jammed.wav -o jammed.mid --parts drums:1
expect 2 '"jammed.mid" exists already' compose --only drums --bars 1 -o jammed.wav
expect 0 '' compose --only drums --bars 1 -o twice.wav
expect 0 '' compose --only drums --bars 1 --seed 2 -o twice.wav
expect 2 '[-][-]stems wants a folder' compose --only drums --bars 1 --stems track.wav -o x.wav
expect 1 '"beat.mid": This piece has no part of melody to keep; lock' compose --lock melody beat.mid -o x.mid
expect 1 '"beat.mid": This piece has no melody .*; give' compose --harmonise beat.mid -o x.mid
expect 2 'give fewer letters, or more bars' compose --only melody --bars 2 --form ABC -o x.mid
expect 1 'leave the swing out' compose --only drums --bars 2 --metre 6/8 --swing 60 -o x.mid
expect 1 'default.safetensors" is not' compose --model "$root/presets/default.safetensors" -o x.mid

# Ctrl-C leaves nothing.
mkdir stopped
interrupt '[ -s err ]' compose --bars 256 --parts drums,melody -o stopped/x.wav --stems stopped/stems
# shellcheck disable=SC2154 # interrupt sets it
same 'the exit status of a stopped track' "$got" 130
[ -z "$(ls stopped)" ] || failed "a stopped track leaves $(ls stopped)"
[ -z "$(find . -name 'x.*')" ] || failed "something is written in spite of an error: $(find . -name 'x.*')"
conclude
