#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sounds through the command line, from end to end: taken apart, encoded, decoded, morphed.
#
#   tests/sounds.sh TIMBREL
set -u
timbrel=$1
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"
flute=$root/presets/sounds/flute.flac

# resynth: near the original, at any rate and format.
for name in flute trumpet violin snare; do
    expect 0 '' resynth $name -o $name.wav
    close_to 3.5 "$root/presets/sounds/$name.flac" $name.wav
done
expect 0 '' resynth "$flute" -o told.flac --f0 C5
close_to 3.5 "$flute" told.flac
expect 0 '' resynth flute -o hz.wav --f0 523.25Hz --rate 96000 --bits 32f
between 96000 "$(value hz.wav sample_rate)" 96000 'its rate'
expect 0 '' resynth flute -o hz.wav --rate 48000
close_to 3.5 "$flute" hz.wav
expect 2 'such as A4' resynth flute -o x.wav --f0 loud
expect 2 'FLAC cannot hold' resynth flute -o x.flac --bits 32f

# Two channels stay two, wherever a sound goes; --mono is the sound that was analysed.
sox -n left.wav synth 1 sawtooth 220 fade 0.02 1 0.3 gain -12
sox left.wav right.wav gain -10
sox -M left.wav right.wav wide.wav
sox -M left.wav left.wav twice.wav
expect 0 '' encode wide.wav -o wide.timbrel
expect 0 'channels *2' info wide.timbrel
expect 0 '' resynth wide.wav -o wide-resynth.wav
expect 0 '' resynth wide.wav -o wide-mono.wav --mono
expect 0 '' decode wide.timbrel -o wide-decode.wav --stretch 2
expect 0 '' morph wide.wav flute -o wide-morph.wav --steps 3
for name in wide-resynth wide-decode wide-morph_0 wide-morph_1 wide-morph_2; do
    between 2 "$(value $name.wav channels)" 2 "the channels of $name"
done
for name in twice wide-mono; do
    expect 0 '' resynth $name.wav -o one.wav
    between 1 "$(value one.wav channels)" 1 "the channels of $name"
done
expect 0 '' resynth left.wav -o a.wav
expect 0 '' resynth twice.wav -o b.wav
cmp a.wav b.wav || failed 'the same sound twice is not one channel'
sox wide-resynth.wav mean.wav remix -
close_to 1 wide-mono.wav mean.wav
sox wide-resynth.wav a.wav remix 1
close_to 4 left.wav a.wav
sox wide-resynth.wav a.wav remix 2
close_to 4 right.wav a.wav

# encode, decode: a file is the sound it was made of.
expect 0 '' encode "$flute" -o flute.timbrel
expect 0 '' encode flute -o small.timbrel --latents-only
expect 0 'encoded sound' info flute.timbrel
expect 0 'C5' info flute.timbrel
expect 0 'latents only' info small.timbrel
expect 0 '' decode flute.timbrel -o a.wav
expect 0 '' decode flute -o b.wav
cmp a.wav b.wav || failed 'a sound and its file decode differently'
close_to 4 "$flute" a.wav
[ "$(wc -c <small.timbrel)" -lt 60000 ] || failed 'latents only are no small file'
expect 0 '' decode small.timbrel -o latents.wav
expect 0 '' decode flute.timbrel -o bare.wav --detail 0
between -50 "$(value bare.wav level)" 0 'the level of latents alone'
length=$(value flute.timbrel length)
expect 0 '' decode flute.timbrel -o long.wav --stretch 2 --formant -3
between "$(awk "BEGIN { print 2 * $length - 0.01 }")" "$(value long.wav length)" \
    "$(awk "BEGIN { print 2 * $length + 0.01 }")" 'the stretched length'
expect 0 '' decode flute.timbrel -o low.wav --note C4
expect 0 '' encode low.wav -o low.timbrel
expect 0 ' C4' info low.timbrel
expect 2 'give one of them' decode flute -o x.wav --note C4 --transpose 3
expect 1 'has no pitch' decode cymbal -o x.wav --note C4

# Nothing is lost: no sound is replaced by what is made of it, and a picture is no sound.
cp "$flute" mine.flac
expect 2 'would be lost' resynth mine.flac -o mine.flac
expect 2 'would be lost' morph mine.flac bell -o mine.flac
cmp "$flute" mine.flac || failed 'a sound was replaced'
expect 2 'does not end in .png' morph flute bell -o x.wav --picture x.wav
expect 2 'does not end in .png' compare flute bell --picture x.wav
expect 2 'does not end in .png' plot flute -o x.jpg
expect 1 'the bundled sound is called flute' decode flute.flac -o x.wav
expect 0 '' compare flute voice

# Latents mean nothing to another model.
expect 0 '' train "$flute" -o other.safetensors --steps 2 --batch 16
expect 0 '' encode flute -o other.timbrel --model other.safetensors
expect 0 '' decode other.timbrel -o other.wav
close_to 4 "$flute" other.wav
expect 0 '' decode other.timbrel -o other.wav --transpose 5
expect 0 '' decode flute -o own.wav --transpose 5
close_to 1 own.wav other.wav
expect 1 'another model' decode other.timbrel -o x.wav --detail 0
expect 1 'another model' morph other.timbrel bell -o x.wav

# Folders.
mkdir in
cp "$root/presets/sounds/kick.flac" "$root/presets/sounds/marimba.flac" in
expect 0 '2 of 2 sounds written' encode in -o encoded
expect 0 '2 of 2 sounds written' decode encoded -o decoded
expect 0 '2 of 2 sounds written' resynth in -o again
expect 0 '^mean' compare in again
echo 'no sound' >in/broken.wav
expect 1 '^"in/broken.wav" is not a sound file that can be read.* looks like a' resynth in -o again
expect 1 '1 of 3 sounds failed' resynth in -o again
expect 2 'must be one, too' resynth in -o again/kick.wav
cp in/kick.flac in/kick.aiff
expect 1 'Another sound of this name' resynth in -o again

# morph
expect 0 '' morph flute trumpet -o half.wav --picture half.png
[ "$(head -c 4 half.png | tail -c 3)" = PNG ] || failed 'half.png is no PNG'
expect 0 '' morph flute.timbrel trumpet -o same.wav
cmp half.wav same.wav || failed 'a sound and its file morph differently'
expect 0 '' morph flute bell -o glide.wav --mix 0..1 --pitch-mix 0 --timing-mix 1
expect 0 'sort_09.wav' morph flute bell -o sort.wav --steps 10
[ "$(echo sort_*.wav)" = "$(sed -n 's/^\(sort_[0-9]*.wav\)$/\1/p' out | tr '\n' ' ' | sed 's/ $//')" ] || failed "the steps are called $(echo sort_*.wav)"
expect 0 'step_3.wav' morph flute bell -o step.wav --steps 4 --bits 16 --picture steps.png
for i in 0 1 2 3; do
    between -40 "$(value step_$i.wav level)" 0 "the level of step $i"
done
close_to 4 "$flute" step_0.wav
expect 0 '' morph flute bell voice -o three.wav --weights 2,1,1 --rate 22050
between -40 "$(value three.wav level)" 0 'the level of three sounds'
expect 2 'for 3 sounds give --weights' morph flute bell voice -o x.wav --mix 0.5
expect 2 'give one for each' morph flute bell voice -o x.wav --weights 1,2
expect 2 'must not all be 0' morph flute bell -o x.wav --weights 0,0
expect 2 'cannot be used together' morph flute bell -o x.wav --weights 1,1 --mix 0.5

# plot
expect 0 '' plot flute.timbrel -o curves.png
expect 0 '' plot violin -o violin.png
expect 0 '' plot flute.timbrel "$flute" -o two.png

# What is not there, not a sound, damaged, or of another model; an older output file stays as it was.
echo 'this is text, not a sound, whatever its name says' >text.wav
: >empty.wav
head -c 2000 flute.timbrel >cut.timbrel
head -c 100000 flute.timbrel >cut2.timbrel
expect 1 'did you mean "flute"' morph flute fluet -o x.wav
expect 1 'no bundled sound "nothing-like-it"; the bundled sounds are$' morph flute nothing-like-it -o x.wav
expect 1 'There is no file "nowhere.wav"\.$' morph flute nowhere.wav -o x.wav
echo old >old.wav
for bad in text.wav empty.wav cut.timbrel cut2.timbrel "$root/presets/default.safetensors" .; do
    [ "$bad" = . ] || expect 1 '' decode "$bad" -o old.wav
    expect '[12]' '' morph flute "$bad" -o old.wav
    [ "$bad" = . ] || expect 1 '' plot "$bad" -o x.png
done
expect 1 'not a sound' resynth text.wav -o old.wav
expect 1 'default.safetensors" is not an encoded sound; it looks like a Timbrel model\.$' decode "$root/presets/default.safetensors" -o old.wav
expect 1 'damaged' decode cut2.timbrel -o old.wav
expect 1 '^timbrel: "flute.timbrel" is not a Timbrel model; it looks like an encoded sound\.$' \
    decode flute -o old.wav --model flute.timbrel
expect 1 '"text.wav" is not a Timbrel model; it looks like a text file\.$' decode flute -o old.wav --model text.wav
expect 1 '"mine.flac" is not a Timbrel model; it looks like a FLAC file\.$' decode flute -o old.wav --model mine.flac
expect 2 'encoded already' encode flute.timbrel -o x.timbrel
expect 2 '"old.wav" does not end in .timbrel' encode flute -o old.wav
expect 2 'does not end in .timbrel, as encoded sounds do' encode flute -o old
expect 2 'does not end in' resynth flute -o old.mp3
expect 2 'does not end in' morph flute bell -o old
expect 1 'There is no folder' resynth flute -o nowhere/x.wav
expect 1 'There is no folder' encode flute -o nowhere/x.timbrel
[ "$(cat old.wav)" = old ] || failed 'a failure replaced an older file'
for left in x.*; do
    [ ! -e "$left" ] || failed "a failure left $left"
done
conclude
