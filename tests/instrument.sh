#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sampled instruments through the command line, played by a sampler that shares no code with Timbrel (sfz_check).
#
#   tests/instrument.sh TIMBREL SFZ_CHECK
set -u
timbrel=$1 sfz_check=$2
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"

# plays FILE.sfz LOW HIGH LAYERS KIND
plays() {
    "$sfz_check" "$@" >played 2>&1 || failed "sfz_check $*: $(cat played)"
}

# must_not_play WHAT FILE.sfz LOW HIGH LAYERS KIND: the checker itself must see what is broken.
must_not_play() {
    what=$1
    shift
    if "$sfz_check" "$@" >played 2>&1; then
        failed "sfz_check saw nothing wrong with $what"
    fi
}

# Something that sustains: loops without seams, in tune at every key, in both layers.
expect 0 '^6 samples.* 6 with a loop' instrument violin -o v --low C4 --high Gb4 --bits 16
plays v/violin.sfz 60 66 2 looped
for file in violin.sfz violin.png README.txt violin_060_C4_v1.wav violin_063_Ds4_v2.wav violin_066_Fs4_v2.wav; do
    [ -s "v/$file" ] || failed "there is no v/$file"
done
[ "$(find v -type f | wc -l)" = 9 ] || failed "there are other files in v: $(ls v)"
grep -q '^// Made with Timbrel' v/violin.sfz || failed 'no licence in the SFZ file'
grep -q 'no rights' v/README.txt || failed 'no licence in README.txt'
if command -v sox >/dev/null; then # a reader of another house
    sox -V4 v/violin_060_C4_v1.wav -n stat >info 2>&1 || failed "sox cannot read it: $(cat info)"
    grep -q 'Chunk smpl' info || failed "sox finds no smpl chunk: $(cat info)"
    grep -q 'Chunk inst' info || failed "sox finds no inst chunk: $(cat info)"
fi

# The checker sees what is broken: a loop that ends elsewhere, a note out of tune, a hole, a chunk that disagrees.
sed 's/pitch_keycenter=63 tune=[-0-9]*/pitch_keycenter=63 tune=5/' v/violin.sfz >v/tune.sfz
must_not_play 'a sample out of tune' v/tune.sfz 60 66 2 looped
sed 's/lokey=62/lokey=63/' v/violin.sfz >v/hole.sfz
must_not_play 'a key without a sample' v/hole.sfz 60 66 2 looped
awk '{ if (match($0, /loop_end=[0-9]+/)) {
        n = substr($0, RSTART + 9, RLENGTH - 9)
        sub(/loop_end=[0-9]+/, "loop_end=" n - 40) } print }' v/violin.sfz >v/loop.sfz
must_not_play 'another loop' v/loop.sfz 60 66 2 looped
grep -q 'clicks' played || failed "a loop cut short does not click: $(cat played)"

# The same command again gives the same bytes, over the files that are there.
cp -r v first
expect 0 '' instrument violin -o v --low 60 --high 66 --bits 16
for file in first/*.wav first/violin.sfz; do
    cmp "$file" "v/$(basename "$file")" || failed "$file is another the second time"
done

# Decay: no loop; one layer; a name, a licence, another locale.
expect 0 ' 0 with a loop' instrument piano -o p --low 60 --high 64 --every 4 --layers 1 --name grand_1 --licence 'CC0 1.0'
plays p/grand_1.sfz 60 64 1 decaying
grep -q '^// CC0 1.0' p/grand_1.sfz || failed 'the licence that was asked for is not there'
grep -q 'loop_mode=no_loop' p/grand_1.sfz || failed 'a piano is looped'
LC_ALL=de_DE.UTF-8 "$timbrel" instrument piano -o q --low 60 --high 64 --every 4 --layers 1 --name grand_1 \
    --licence 'CC0 1.0' >/dev/null 2>&1
cmp p/grand_1.sfz q/grand_1.sfz || failed 'another locale gives another SFZ file'

# Letters of any alphabet stay in the names of the files.
expect 0 'Flöte_1.sfz' instrument flute -o u --low 60 --high 60 --layers 1 --no-loop --hold 1 --name Flöte_1
[ -s u/Flöte_1_060_C4_v1.wav ] || failed "no sample is called after the flute: $(ls u)"

# No loops when none are wanted; without a pitch, every key is alike.
expect 0 ' 0 with a loop' instrument violin -o n --low 60 --high 60 --layers 1 --hold 1.5 --no-loop
plays n/violin.sfz 60 60 1 decaying
expect 0 '' instrument cymbal -o c --low 48 --high 72
if grep -q 'pitch_keytrack=0' c/cymbal.sfz; then
    plays c/cymbal.sfz 48 72 2 unpitched
else
    failed 'a cymbal follows the keys'
fi

# A folder of notes is one instrument; a mix and a draw need a model of whole notes.
mkdir notes
expect 0 '' encode violin -o notes/a.timbrel
expect 0 '' decode notes/a.timbrel -o notes/b.wav --transpose 7
mkdir many
for i in $(seq 50); do
    ln -s ../notes/a.timbrel "many/$i.timbrel"
done
expect 0 'Warning: "many" has 50 sounds; 48 of them' instrument many -o used --low 60 --high 60 --layers 1 --hold 1 --no-loop
expect 0 '^1 sample,' instrument notes -o f --low 70 --high 70 --layers 1
[ -s f/notes.sfz ] || failed 'a folder gives its name to the instrument'
expect 0 'written to d' instrument seed:7 -o d --low 60 --high 60 --layers 1
grep -q 'seed-7_060_C4_v1.wav' d/seed-7.sfz || failed "no sample of seed:7"
expect 0 'written to m' instrument violin,seed:7@0.3 -o m --low 60 --high 60 --layers 1
grep -q 'violin-seed-7_060_C4_v1.wav' m/violin-seed-7.sfz || failed "no sample of a mix"

# What is no sound among the notes of a folder is passed over, by name.
mkdir mixed
"$timbrel" encode flute -o flute.timbrel >/dev/null && "$timbrel" decode flute.timbrel -o mixed/flute_C5.wav >/dev/null
echo text >mixed/notes.wav
expect 0 'Skipped: "mixed/notes.wav" is not a sound file.* looks like a text file' instrument mixed -o of-mixed --low C5 --high C5

# What cannot be.
echo old >file
mkdir empty
expect 1 'no bundled sound' instrument fluet -o x
expect 1 'There is no sound in "empty"' instrument empty -o x
expect 2 'a seed is a whole number' instrument seed:x -o x
expect 2 'a share from 0 to 1' instrument violin,piano@2 -o x
expect 2 'a share from 0 to 1' instrument violin,piano@ -o x
expect 2 'add up to more than 1' instrument violin@0.8,piano@0.7,bell -o x
expect 2 '"violin," has no sound after a comma' instrument violin, -o x
expect 2 '",violin" has no sound before a comma' instrument ,violin -o x
expect 2 'name of a sound is empty' instrument '' -o x
expect 2 'has 4 parts at most' instrument a,b,c,d,e -o x
expect 2 'low is above --high' instrument violin -o x --low C5 --high C4
expect 2 'whole numbers, or names' instrument violin -o x --low 60.5
expect 2 'is a file' instrument violin -o file
expect 2 'letters, digits' instrument violin -o x --name ../evil
expect 2 'letters, digits' instrument violin -o x --name 'a b'
expect 2 'letters, digits' instrument violin -o x --name "$(printf 'fl\366te')" # Latin-1
expect 1 'no preset "No such"' instrument 'preset:No such' -o x
expect 0 'Warm-Front.sfz' instrument 'preset:Warm Front' -o preset --low C4 --high C4 --layers 1
expect 1 'There is no folder "nowhere"; make it first' instrument violin -o nowhere/x --low 60 --high 60
[ "$(cat file)" = old ] || failed 'a failure touched an older file'
[ -z "$(find . -name '*.wav' -path './x/*')" ] || failed 'a failure left samples behind'

# Samples of an earlier export of this name do not stay among the new ones; other files do.
expect 0 '' instrument violin -o twice --low 60 --high 66 --every 3 --layers 2
touch twice/violin_mine.wav twice/viola_060_C4_v1.wav twice/violin_060_D4_v1.wav twice/violin_072_C5_v1.wav # the last: no sample
expect 0 '5 samples of an earlier instrument of this name removed' instrument violin -o twice --low 60 --high 63 --every 4 --layers 1
[ "$(cd twice && echo *.wav)" = 'viola_060_C4_v1.wav violin_060_C4_v1.wav violin_060_D4_v1.wav violin_072_C5_v1.wav violin_mine.wav' ] ||
    failed "two exports leave $(cd twice && echo *.wav)"

# Ctrl-C: what is finished stays, whole; the sentence says so; no SFZ file.
interrupt 'two_samples stopped' instrument violin -o stopped --every 1
if [ $got != 130 ] || [ -e stopped/violin.sfz ] || ! grep -q 'finished and stay in "stopped"' err; then
    failed "Ctrl-C gave exit status $got and: $(cat err)"
fi
for file in stopped/*.wav; do
    "$timbrel" info "$file" >/dev/null 2>&1 || failed "$file is no whole sound"
done
conclude
