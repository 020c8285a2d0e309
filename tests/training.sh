#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Training through the command line: a small model that works, and a run that is stopped, killed and resumed and ends
# with the very bytes of a run that was not.
#
#   tests/training.sh TIMBREL [slow]
set -u
timbrel=$1
steps=400
[ "${2:-}" != slow ] || steps=120 # slow programs are stopped early enough as well
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"
sounds=$root/presets/sounds

expect 0 'files, .*notes, .*frames to learn from' train "$sounds" -o small.safetensors --steps 60 --width 64 --latent 8
expect 0 'latents  *8' info small.safetensors
expect 0 'training steps  *60' info small.safetensors
[ -s small.report.txt ] || failed 'there is no report'
[ -s small.report.png ] || failed 'there is no picture of the training'
[ ! -e small.safetensors.checkpoint ] || failed 'a finished run left its checkpoint'
expect 0 '' encode flute -o flute.timbrel --model small.safetensors
expect 0 'latents  *8' info flute.timbrel
expect 0 '' decode flute.timbrel -o flute.wav --model small.safetensors
close_to 4 "$sounds/flute.flac" flute.wav
expect 1 'another model' decode flute.timbrel -o x.wav
expect 0 '' train "$sounds/flute.flac" -o more.safetensors --from small.safetensors --steps 20
expect 0 'latents  *8' info more.safetensors

before=$(cksum <small.safetensors)
expect 2 'small.safetensors" exists already' train "$sounds/flute.flac" -o small.safetensors --steps 5
[ "$before" = "$(cksum <small.safetensors)" ] || failed 'a finished model was replaced without --force'
expect 0 '' train "$sounds/flute.flac" -o small.safetensors --steps 5 --width 64 --latent 8 --force
[ "$before" = "$(cksum <small.safetensors)" ] && failed '--force replaces nothing'

# A link back to the folder, or naming it twice, makes no sound more.
mkdir loop
cp "$sounds/flute.flac" "$sounds/bell.flac" loop
ln -s . loop/again
expect 0 '^2 files, ' train loop loop loop/. -o loop.safetensors --steps 5

# A budget covers everything, also where there is far more to listen to than it has time for; and what is left of it
# falls from second to second. Files that are passed over are named, with why.
mkdir much
for i in $(seq 60); do
    for sound in "$sounds"/*.flac; do
        ln -s "$sound" "much/$i-$(basename "$sound")"
    done
done
echo text >much/0-text.wav
echo text >much/1-text.wav
started=$(date +%s)
expect 0 'The budget is too small to listen to everything: [0-9]* files left out' train much -o much.safetensors --budget 3s
grep -q '^Left out: "much/.*": There was no time to listen to it\.$' out || failed "no file is named: $(cat out)"
[ "$(grep -c '^Left out: ' out)" = 5 ] || failed "not five files are named: $(cat out)"
grep -q 'files left out for lack of time$' much.report.txt || failed "the report does not say so: $(cat much.report.txt)"
between 0 $(($(date +%s) - started)) 12 'the seconds of a budget of 3 s'
mkdir wrong
for i in 1 2 3 4 5 6 7; do
    echo text >wrong/$i.wav
done
expect 0 'Skipped: .*wrong/1.wav.* not a sound file' train wrong "$sounds/flute.flac" -o wrong.safetensors --steps 5
expect 0 '^... and 2 more' train wrong "$sounds/flute.flac" -o wrong.safetensors --steps 5 --force
if command -v script >/dev/null; then
    TERM=xterm script -qec "'$timbrel' train much -o bar.safetensors --budget 4s" /dev/null </dev/null >bar 2>&1
    tr '\r' '\n' <bar | sed -n 's/.* \([0-9]*\):\([0-9]*\) left.*/\1 \2/p' >left
    awk '{ s = 60 * $1 + $2 } NR > 1 && s > last { bad = 1 } NR == 1 && s > 4 { bad = 1 } { last = s }
        END { exit bad || NR < 5 }' left || failed "the time that is left: $(tr '\n' ',' <left)"
fi

expect 1 'There is no file or folder "nowhere"' train nowhere -o x.safetensors --steps 5
mkdir empty
expect 1 'no sound or MIDI file in "empty"' train empty -o x.safetensors --steps 5
echo text >empty/text.wav
expect 1 'None of the\|no sound to learn from' train empty -o x.safetensors --steps 5
expect 1 'There is no folder' train "$sounds" -o nowhere/x.safetensors --steps 5
expect 2 'give one of them' train "$sounds" -o x.safetensors --steps 5 --budget 1m
expect 2 'keeps the network' train "$sounds" -o x.safetensors --steps 5 --from small.safetensors --latent 9
expect 2 'x.wav" does not end in .safetensors, as models do' train "$sounds" -o x.wav --steps 5
expect 2 'does not end in .safetensors' train "$sounds" -o x.txt --steps 5
expect 2 'does not end in .safetensors' train "$sounds" -o x --steps 5
expect 1 'no checkpoint of "small.safetensors" to continue from' \
    train "$sounds" -o small.safetensors --steps 5 --resume
[ ! -e x.safetensors ] || failed 'a failure left a model'

# begin OUT ARGUMENT...: starts to train, and waits until steps are being made; then a moment more.
begin() {
    : >log
    "$timbrel" train "$sounds/flute.flac" "$sounds/bell.flac" "$sounds/snare.flac" -o b.safetensors --steps $steps \
        --width 192 --batch 256 "$@" >log 2>&1 &
    pid=$!
    i=0
    while ! grep -q 'frames to learn from' log && [ $i -lt 200 ]; do
        sleep 0.1
        i=$((i + 1))
    done
    sleep 0.2
}
expect 0 '' train "$sounds/flute.flac" "$sounds/bell.flac" "$sounds/snare.flac" -o a.safetensors --steps $steps \
    --width 192 --batch 256
begin
kill -INT $pid
wait $pid
got=$?
[ $got = 130 ] || failed "Ctrl-C gave exit status $got"
grep -q 'with --resume continues' log || failed 'Ctrl-C did not say how to go on'
[ -s b.safetensors ] || failed 'Ctrl-C left no model'
[ -s b.safetensors.checkpoint ] || failed 'Ctrl-C left no checkpoint'
cmp -s a.safetensors b.safetensors && failed 'the run was over before it was stopped'
expect 2 'continue with --resume' train "$sounds/flute.flac" -o b.safetensors --steps 5
expect 2 'other files or options' train "$sounds/bell.flac" -o b.safetensors --steps $steps --width 192 --batch 256 --resume
for _ in 1 2; do
    begin --resume
    kill -9 $pid
    wait $pid 2>/dev/null
done
[ -s b.safetensors.checkpoint ] || failed 'kill -9 cost the checkpoint'
rm -f ./*.tmp # what was being written when it was killed
expect 0 '' train "$sounds/flute.flac" "$sounds/bell.flac" "$sounds/snare.flac" -o b.safetensors --steps $steps \
    --width 192 --batch 256 --resume
cmp a.safetensors b.safetensors || failed 'the resumed run ended with another model'
conclude
