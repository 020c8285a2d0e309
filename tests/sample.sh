#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# New instruments through the command line.
#
#   tests/sample.sh TIMBREL [MODEL]     MODEL: one that knows whole notes, instead of the default model
set -u
timbrel=$1 model=${2:-default}
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"

# same FOLDER FOLDER
same() {
    for file in "$1"/*; do
        cmp "$file" "$2/$(basename "$file")" || failed "$file is another in $2"
    done
}

# What cannot be; nothing is made then.
echo old >file
expect 2 'no knob "brigtness"; did you mean brightness' sample -o x --knob brigtness=1
expect 2 'the knobs are$' sample -o x --knob xyzzy=1
grep -q '^  brightness, noisiness, attack, .*movement\.$' out || failed "the knobs are not listed: $(cat out)"
expect 2 'from -4 to 4' sample -o x --knob brightness
expect 2 'from -4 to 4' sample -o x --knob brightness=bright
expect 2 'from -4 to 4' sample -o x --knob brightness=5
expect 2 'is a file' sample -o file
expect 2 'output' sample
expect 2 'count' sample -o x --count 0
expect 2 'amount' sample -o x --amount 1.5
expect 2 '' sample flute -o x
[ ! -e x ] || failed 'a command that is wrong made a folder'
[ "$(cat file)" = old ] || failed 'a failure touched an older file'

expect 0 '^  brightness .*to bright' info "$model"

# Same seed, same bytes; the next seed is the next file; another seed is another sound.
expect 0 '^draw-5.wav  *[a-z]' sample --model "$model" --count 2 --seed 5 -o a
expect 0 '^draw-5.wav  *[a-z]' sample --model "$model" --count 2 --seed 5 -o b
same a b
for file in draw-5.wav draw-6.wav draw.png; do
    [ -s a/$file ] || failed "there is no a/$file"
done
[ "$(find a -type f | wc -l)" = 3 ] || failed "there are other files: $(ls a)"
cmp -s a/draw-5.wav a/draw-6.wav && failed 'another seed gives the same sound'
expect 0 '' sample --model "$model" --count 1 --seed 6 -o c
cmp a/draw-6.wav c/draw-6.wav || failed 'a seed gives another sound behind others'
for file in a/*.wav; do
    between -60 "$(value "$file" peak)" -0.9 "peak of $file"
done

# Draws that are far apart have their seeds in their names, too.
expect 0 '' sample --model "$model" --count 2 --seed 5 --diverse -o d
for file in d/*.wav; do
    seed=${file#d/draw-}
    expect 0 '' sample --model "$model" --count 1 --seed "${seed%.wav}" -o e
    cmp "$file" "e/draw-$seed" || failed "$file is not what its seed says"
done

# Keys, velocities, times, formats.
expect 0 '' sample --model "$model" --count 1 --seed 5 -o f --note A4 --velocity 40 --hold 0.5 --tail 0.2 --rate 48000 --bits 16
expect 0 '16 bit' info f/draw-5.wav
between 48000 "$(value f/draw-5.wav sample_rate)" 48000 'the rate'
between 0.1 "$(value f/draw-5.wav length)" 0.72 'the length'
grep -q '^  pitch  *A4' out || failed "A4 is not A4: $(cat out)"

# Files are called after their sound, in any alphabet; what is no letter becomes a hyphen.
expect 0 '' encode flute -o 'Süße Flöte·№ 1, 笛.timbrel'
expect 0 '^Süße-Flöte-№-1--笛-1.wav' sample --model "$model" --near 'Süße Flöte·№ 1, 笛.timbrel' --count 1 --amount 0 -o u
[ -s u/Süße-Flöte-№-1--笛-1.wav ] || failed "no file is called after the sound: $(ls u)"

# Variations: none is the sound itself, each seed is another; by nothing, only noise differs.
expect 0 '^flute-1.wav' sample --model "$model" --near flute --count 2 --amount 0 -o g
close_to 4 g/flute-1.wav g/flute-2.wav
expect 0 '^flute-1.wav' sample --model "$model" --near flute --count 2 --amount 0.4 -o h
cmp -s h/flute-1.wav h/flute-2.wav && failed 'another seed gives the same variation'
cmp -s g/flute-1.wav h/flute-1.wav && failed 'a variation is no other sound'
expect 0 '^seed-5-1.wav' sample --model "$model" --near seed:5 --count 1 -o h
expect 1 'no bundled sound' sample --model "$model" --near fluet -o x

# A knob turns its attribute, of most draws and of their mean.
for knob in brightness decay; do
    expect 0 '' sample --model "$model" --count 6 --seed 1 --knob $knob=-1.5 -o "$knob-low"
    expect 0 '' sample --model "$model" --count 6 --seed 1 --knob=$knob=+1.5 -o "$knob-high"
    for i in 1 2 3 4 5 6; do
        echo "$(value "$knob-low/draw-$i.wav" $knob | head -n 1) $(value "$knob-high/draw-$i.wav" $knob | head -n 1)"
    done >"$knob"
    awk '{ low += $1; high += $2; risen += $2 > $1 } END { exit !(NR == 6 && high > low && risen >= 5) }' "$knob" ||
        failed "$knob does not rise: $(cat "$knob")"
done

# Ctrl-C: what is finished stays, whole.
interrupt 'two_samples stopped' sample --model "$model" --count 500 -o stopped
if [ $got != 130 ] || ! grep -q 'of 500 sounds are finished and stay in "stopped"' err; then
    failed "Ctrl-C gave exit status $got and: $(cat err)"
fi
for file in stopped/*.wav; do
    "$timbrel" info "$file" >/dev/null 2>&1 || failed "$file is no whole sound"
done
conclude
