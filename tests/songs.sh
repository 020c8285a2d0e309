#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Songs through the command line: notes sound when and where the MIDI file says, with the sounds that were asked for.
#
#   tests/songs.sh TIMBREL
set -u
timbrel=$1
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"
round=$root/presets/songs/round.mid

# C4 from 0.5 s, E4 from 1.5 s, each for 0.75 s: 96 ticks to a quarter note of half a second.
two() {
    printf 'MThd\0\0\0\6\0\0\0\1\0\140MTrk\0\0\0\026\140%b\074\144\201\020%b\074\0\060%b\100\144\201\020%b\100\0\0\377\057\0' \
        "\\0$1" "\\0$2" "\\0$1" "\\0$2"
}
two 220 200 >two.mid
two 222 202 >third.mid # the same on channel 3
expect 0 '' render two.mid --sound clarinet -o two.wav
between 2.2 "$(value two.wav length)" 8 'the length of two notes'
between -1.01 "$(value two.wav peak)" -0.99 'their peak'
expect 0 '' encode two.wav -o two.timbrel
expect 0 '0\.5[01] s C4[^,]*, 1\.5[01] s E4' info two.timbrel

# The same song, the same samples; another seed, others.
expect 0 '' render two.mid --sound clarinet -o again.wav
cmp two.wav again.wav || failed 'a song is not the same again'
expect 0 '' render two.mid --sound clarinet -o other.wav --seed 2
cmp -s two.wav other.wav && failed 'the seed changes nothing'

# Songs have two channels, or one when that is asked for; a room makes them longer.
between 2 "$(value two.wav channels)" 2 'the number of channels'
expect 0 '' render two.mid --sound clarinet -o mono.wav --mono
between 1 "$(value mono.wav channels)" 1 'the number of channels with --mono'
close_to 0.5 mono.wav two.wav
expect 0 '' render two.mid --sound clarinet -o room.wav --reverb
longer=$(awk -v a="$(value two.wav length)" -v b="$(value room.wav length)" 'BEGIN { print b - a }')
between 1 "$longer" 8 'how much longer a room is'

# Which channel plays what.
expect 0 '' render third.mid --sound flute --sound 3=clarinet -o third.wav
cmp two.wav third.wav || failed 'channel 3 does not play the clarinet'
expect 0 '' render two.mid --morph flute,clarinet,bell -o morph.wav
cmp -s two.wav morph.wav && failed 'a morph plays one sound only'
mkdir notes
cp "$root/presets/sounds/clarinet.flac" notes
expect 0 '' render two.mid --sound notes -o folder.wav
cmp two.wav folder.wav || failed 'a folder of one note is not that note'
expect 0 '' encode clarinet -o clarinet.timbrel
expect 0 '' render two.mid --sound clarinet.timbrel -o encoded.wav --rate 44100 --bits 16 --voices 1 --gain -6 --tail 0.5s
between 44100 "$(value encoded.wav sample_rate)" 44100 'the rate asked for'
between 2.2 "$(value encoded.wav length)" 2.76 'the length with a short tail'

# Drums.
mkdir drums
cp "$root/presets/sounds/kick.flac" drums/kick_36.flac
cp "$root/presets/sounds/snare.flac" drums/38.flac
expect 0 '' render "$round" --sound flute -o round.wav
between 22 "$(value round.wav length)" 33 'the length of the round'
expect 0 '' render "$round" --sound flute --drums drums -o drums.wav
cmp -s round.wav drums.wav && failed 'the drums asked for are not played'
mkdir -p numbers/808 numbers/kit38 # the numbers of folders are no keys
cp drums/kick_36.flac numbers/808/36.flac
cp drums/38.flac numbers/kit38/38.flac
expect 0 '' render "$round" --sound flute --drums numbers -o numbers.wav
cmp -s drums.wav numbers.wav || failed 'drums in folders whose names have numbers are others'
expect 0 '' render "$round" --sound flute --drums snare -o snares.wav
two 231 211 >beat.mid # the same on channel 10: an open high conga's key, and one that the folder lacks
expect 0 '' render beat.mid -o beat.wav # drums alone need not be asked for
grep -v "^rendering: " out && failed "a beat of the bundled kit says: $(cat out)" # a busy machine also tells of its progress
between -1.01 "$(value beat.wav peak)" -0.99 'the peak of a beat'
expect 1 'drums has no drum for keys 60, 64: they are silent' render beat.mid --drums drums -o lost.wav
expect 1 'nothing to write' render beat.mid --drums drums -o lost.wav
[ -e lost.wav ] && failed 'silence is written'
cp "$root/presets/sounds/bell.flac" drums/60.flac
expect 0 'drums has no drum for key 64: it is silent' render beat.mid --drums drums -o part.wav
between -1.01 "$(value part.wav peak)" -0.99 'the peak of a part of a beat'
rm drums/60.flac
expect 1 'in its name' render "$round" --sound flute --drums notes -o x.wav

# What is wrong is said.
printf 'MThd\0\0\0\6\0\0\0\1\0\140MTrk\0\0\0\4\0\377\057\0' >empty.mid
printf 'MThd\0\0\0\6\0\0\0\1\0\140MTrk\0\0\0\077\0\220\074\144\140' >cut.mid
printf 'MThd\0\0\0\6\0\0\0\1\0\001MTrk\0\0\0\014\0\220\074\144\201\200\0\200\074\0\0\377\057\0' >long.mid
expect 1 'has no notes' render empty.mid --sound flute -o x.wav
expect 0 'ends within track 1' render cut.mid --sound flute -o cut.wav
expect 1 'cut it into parts' render long.mid --sound flute -o x.wav
expect 1 'README.md" is not a MIDI file; it looks like a text file\.$' render "$root/README.md" --sound flute -o x.wav
expect 1 'default.safetensors" is not a MIDI file; it looks like a Timbrel model\.$' \
    render "$root/presets/default.safetensors" --sound flute -o x.wav
expect 1 'no-such' render no-such.mid --sound flute -o x.wav
expect 1 'no bundled sound' render two.mid --sound no_such -o x.wav
expect 2 'give one of them' render two.mid --sound flute --morph flute,bell -o x.wav
expect 2 'two sounds or more' render two.mid --morph flute -o x.wav
expect 2 'comma without a sound after it' render two.mid --morph flute,bell, -o x.wav
expect 2 'at most 4 sounds' render two.mid --morph flute,bell,flute,bell,flute -o x.wav
expect 2 'numbered 1 to 16' render two.mid --sound 17=flute -o x.wav
expect 2 'numbered 1 to 16' render two.mid --sound 0=flute -o x.wav
expect 2 'there is a sound for this channel already' render two.mid --sound flute --sound bell -o x.wav
expect 2 'seed' render two.mid --sound seed:x -o x.wav
cp two.mid song.wav
expect 2 'would be lost' render song.wav --sound flute -o ./song.wav
[ -e x.wav ] && failed 'a failure left a sound'

conclude
