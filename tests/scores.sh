#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# MIDI files through the command line: what `timbrel info` says of them, `timbrel plot` draws, and both say of bad ones.
#
#   tests/scores.sh TIMBREL
set -u
timbrel=$1
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"
round=$root/presets/songs/round.mid

# header TRACKS: format 1, 96 ticks.
header() {
    printf 'MThd\0\0\0\6\0\1\0%b\0\140' "\\0$(printf %o "$1")"
}

# track: what comes in, as a track with its end.
track() {
    cat >body
    n=$(($(wc -c <body) + 4))
    printf 'MTrk%b%b%b%b' "\\0$(printf %o $((n >> 24)))" "\\0$(printf %o $((n >> 16 & 255)))" \
        "\\0$(printf %o $((n >> 8 & 255)))" "\\0$(printf %o $((n & 255)))"
    cat body
    printf '\0\377\057\0'
}

# doubled N FILE: the file doubled N times.
doubled() {
    i=0
    while [ $i -lt "$1" ]; do
        cat "$2" "$2" >twice
        mv twice "$2"
        i=$((i + 1))
    done
}

picture() { # FILE.mid: is it drawn?
    expect 0 '' plot "$1" -o picture.png
    [ "$(head -c 4 picture.png 2>/dev/null | tail -c 3)" = PNG ] || failed "$1 is not drawn"
    rm -f picture.png
}

# A song of the project.
expect 0 'MIDI file' info "$round"
for fact in 'metre  *4/4' 'key  *[A-G]' 'chords  *[A-G]' 'form  *A' 'density' 'tempo'; do
    expect 0 "$fact" info "$round"
done
expect 0 '"rep1":' info "$round" --json
expect 0 '^  off the grid  *0 ms' info "$round"
expect 0 '^  key clarity  *0[.0-9]* (1: the notes fit it perfectly)$' info "$round"
if grep 'of 1$' out; then failed 'numbers without a meaning'; fi
between 1 "$(value "$round" bars)" 100 'the number of bars'
between 10 "$(value "$round" notes)" 2000 'the number of notes'
picture "$round"
expect 2 'is drawn alone' plot "$round" flute -o two.png
[ -e two.png ] && failed 'two things of different kinds are drawn'

# C major: two bars of chords, with a title, a key signature, another tempo and a metre of three.
{
    header 2
    printf '\0\377\003\004Tune\0\377\130\004\003\002\030\010\0\377\131\002\0\0\0\377\121\003\017\102\100' | track
    printf '\0\377\003\005Pads!\0\300\130\0\220\060\144\0\064\144\0\067\144\202\040\060\0\0\064\0\0\067\0\0\053\144\0\057\144\0\062\144\202\040\053\0\0\057\0\0\062\0' | track
} >tune.mid
expect 0 'title  *Tune' info tune.mid
expect 0 'tempo  *60 BPM' info tune.mid
expect 0 'metre  *3/4' info tune.mid
expect 0 'key signature  *0 sharps, major' info tune.mid
expect 0 'chords  *C | G$' info tune.mid
expect 0 'part  *.*"Pads!", new age pad, channel 1, 6 notes, G2 to G3' info tune.mid
between 6 "$(value tune.mid length)" 6 'the length of two bars of three at 60'
if "$timbrel" info tune.mid | grep warnings; then failed 'a good file is warned of'; fi
picture tune.mid

# Long lists go on below, within 80 columns.
{
    header 1
    printf '\0\377\003\075The third violins, who may also play the second oboe, if ever\0\220\060\144\140\060\0' | track
} >long.mid
expect 0 '^  part  *[a-z]*, "The third violins' info long.mid
grep -q '^                     [^ ].* channel 1, 1 note' out || failed "a long line is not wrapped: $(cat out)"
[ -z "$(awk 'length($0) > 80' out)" ] || failed "lines of over 80 columns: $(cat out)"

# Without notes.
{ header 1; track </dev/null; } >silent.mid
expect 0 'It has no notes' info silent.mid
expect 1 '"silent.mid" has no notes to draw\|The song has no notes to draw' plot silent.mid -o silent.png
[ -e silent.png ] && failed 'nothing is drawn all the same'

# Over 100,000 notes.
printf '\001\074\100\001\074\0' >notes
doubled 17 notes
{ header 1; { printf '\0\220\075\100'; cat notes; } | track; } >many.mid
expect 0 'notes  *131073' info many.mid
picture many.mid

# All at one tick.
printf '\0\074\100\0\076\100' >notes
doubled 5 notes
{ header 1; { printf '\0\220\075\100'; cat notes; } | track; } >chord.mid
expect 0 'All notes start at once' info chord.mid
picture chord.mid

# Tempo 0, a metre of 0/4 and one with a denominator of 2^7.
{ header 1; printf '\0\377\121\003\0\0\0\0\220\074\100\140\074\0' | track; } >still.mid
expect 0 '1 tempo of 0 ignored' info still.mid
expect 0 'tempo  *120 BPM' info still.mid
picture still.mid
{ header 1; printf '\0\377\130\004\0\002\030\010\140\377\130\004\003\007\030\010\0\220\074\100\140\074\0' | track; } >metre.mid
expect 0 '2 unknown metres ignored' info metre.mid
expect 0 'metre  *4/4' info metre.mid
picture metre.mid

# 64 tracks.
{
    header 64
    i=0
    while [ $i -lt 64 ]; do
        printf '\0\220\074\100\140\074\0' | track
        i=$((i + 1))
    done
} >wide.mid
expect 0 'part 16  ' info wide.mid
expect 0 'and  *48 more' info wide.mid
picture wide.mid

# Damaged, and no MIDI at all.
head -c 100 tune.mid >cut.mid
expect 0 'ends within track' info cut.mid
printf 'MThd\0\0\0\6\0\1\0\1' >short.mid
expect 1 '"short.mid" is a damaged MIDI file: its header is incomplete' info short.mid
expect 1 'its header is incomplete' plot short.mid -o short.png
{ header 1; printf '\377\377\377\177\220\074\100\377\377\377\177\074\0' | track; } >long.mid
expect 1 '"long.mid".*\|.*over 200000 bars' info long.mid

# Drums of no known key.
{ header 1; printf '\0\231\044\100\140\044\0\0\120\100\140\120\0' | track; } >drums.mid
expect 0 '1 drum note of no known drum (key 80)' info drums.mid
picture drums.mid
conclude
