#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests `timbrel jam`: a jam as files, the terminal's keys, what is refused; and live on a JACK server with the dummy
# driver, watched for what an audio thread must not do.
#
#   tests/jam.sh TIMBREL TESTS [slow]     TESTS: build folder of the tests
set -u
timbrel=$1 tests=$2 pace=${3:-}
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"

# ---- files ----

# The same seed gives the same bytes; another seed, another jam.
set -- jam --offline 5 --tempo 240 --key 'D minor' --style funk --rate 22050 --generate drums,melody --sound drums=kick \
    --sound bass=marimba --sound chords=marimba --sound melody=marimba
expect 0 '' "$@" --record one.wav -o one.mid --seed 5
expect 0 '' "$@" --record two.wav -o two.mid --seed 5
cmp one.wav two.wav || failed 'the same seed makes another sound'
cmp one.mid two.mid || failed 'the same seed plays other notes'
expect 0 '' "$@" -o other.mid --seed 6
cmp -s one.mid other.mid && failed 'the seed changes nothing'
expect 0 '' "$@" -o alone.mid --seed 5
cmp one.mid alone.mid || failed 'without a recording the notes are others'

# What it is: five seconds are five bars of 240 a minute.
between 5 "$(value one.wav length)" 5 'the length of the recording'
between 5 "$(value one.mid length)" 5 'the length of the session'
between 5 "$(value one.mid bars)" 5 'its bars'
expect 0 'key signature  *1 flat, minor' info one.mid
for part in drums bass chords melody; do
    grep -q "part [0-9]  *$part, " out || failed "there is no part of $part in: $(cat out)"
done
between 0.8 "$(value one.mid scale_consistency)" 1 'the share of its notes in one scale'
between -6 "$(value one.wav peak)" -0.9 'the peak'
between -24 "$(value one.wav level)" -12 'the level'

# Parts, chords and metres of one's own.
expect 0 '' jam --offline 8 --parts melody:2,chords:1 --chords 'Am F | C G' --metre 3/4 --tempo 180 -o waltz.mid --generate none \
    --sound chords=marimba --sound melody=marimba
expect 0 'metre  *3/4' info waltz.mid
grep -q 'chords written  *Am | F' out || grep -q 'chords written  *Am F' out || failed "the chords are not those asked for: $(cat out)"
between 2 "$(grep -c '^  part ' out)" 2 'the number of parts'
between 0.5 "$(value waltz.mid repeated_bars)" 1 'the share of its bars that repeat'

# What is wrong is said in a sentence.
expect 2 'name them with --record and --output' jam --offline 5
expect 2 'leave --device out' jam --offline 5 -o x.mid --device none
expect 2 'leave --osc out' jam --offline 5 -o x.mid --osc 9000
expect 2 'goes with --osc' jam --listen
expect 2 '1, 2, 4 or 8 bars' jam --offline 5 -o x.mid --chords 'C F G'
expect 2 'such as "Am F C G"' jam --offline 5 -o x.mid --chords 'C what'
expect 2 'wants up to 8 parts' jam --offline 5 -o x.mid --parts drums:3
expect 2 'one part of drums at most' jam --offline 5 -o x.mid --parts drums:2,drums:4
expect 2 'wants parts with commas' jam --offline 5 -o x.mid --generate nobody
expect 2 'names bass, which --parts does not' jam --offline 5 -o x.mid --generate bass --parts drums
expect 2 'wants a metre' jam --offline 5 -o x.mid --metre 4
expect 2 '\.mid' jam --offline 5 -o x.wav
expect 2 'exists already' jam --offline 5 --record one.wav
expect 1 'did you mean "flute"' jam --offline 5 -o x.mid --sound melody=flue
expect '[12]' 'is not a file of models of music' jam --offline 5 -o x.mid --model one.mid
[ ! -f x.mid ] || failed 'what failed has left a file'

# ---- the silent device, keys from a pipe, Ctrl-C ----

# jam OPTION...: in the background, as $player, with its keys from the pipe `keys`.
mkfifo keys
start() {
    rm -f said
    $watch "$timbrel" jam --sound drums=kick --sound bass=marimba --sound chords=marimba "$@" >said 2>&1 <keys 9>&- &
    player=$!
    exec 3>keys
    tries=0
    until grep -qs 'Jamming on' said || [ $tries -gt 600 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}
watch=''

# press KEYS: one after the other, over some bars.
press() {
    for key in "$@"; do
        printf '%s' "$key" >&3
        sleep 0.1
    done
}

start --device none --tempo 300 --parts drums:1,bass:2 --generate none --record live.wav -o live.mid --seed 3
press 1 n v m m s s g 2 o u , . r n = - k c a b
recorded 4 live.wav
press q
wait "$player" || failed "timbrel jam: exit status $?: $(cat said)"
exec 3>&-
grep -q '^live.wav: [0-9]' said || failed "the recording is not named in: $(cat said)"
grep -q '[0-9] loops\{0,1\} written' said || failed "nothing is said of loops in: $(cat said)"
between 4 "$(value live.mid bars)" 400 'the bars of a live session'

start --device none --tempo 200 --parts drums:1 -o stopped.mid --seed 3
sleep 2
kill -INT "$player"
wait "$player"
got=$?
exec 3>&-
between 0 "$got" 0 'the exit status after Ctrl-C'
between 1 "$(value stopped.mid bars)" 100 'the bars of a jam that was stopped'

# Killed, it leaves what was played up to the bar before.
start --device none --tempo 300 --parts drums:1 -o killed.mid --seed 3
tries=0
until [ "$(value killed.mid bars 2>/dev/null || echo 0)" -ge 3 ] 2>/dev/null || [ $tries -gt 300 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
kill -9 "$player"
wait "$player" 2>/dev/null
exec 3>&-
rm -f killed.mid*.tmp* killed.mid.*
between 3 "$(value killed.mid bars)" 400 'the bars that a killed jam leaves'

# ---- JACK ----

if ! command -v jackd >/dev/null || ! command -v jack_wait >/dev/null; then
    conclude
    exit
fi
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=timbrel-test
lock=${TMPDIR:-/tmp}/timbrel-test-jack.lock # as in play.sh
exec 9>>"$lock"
flock -w 600 9
server=''
end_all() {
    [ -z "$player" ] || kill "$player" 2>/dev/null
    if [ -n "$server" ]; then # gone before another test may start its own
        kill -9 "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    fi
    rm -rf "${work:?}" /dev/shm/*"$JACK_DEFAULT_SERVER"*
}
trap end_all EXIT
trap 'exit 143' HUP INT TERM PIPE # PIPE: the player has ended before its time
jackd -n "$JACK_DEFAULT_SERVER" --no-realtime -d dummy -r 48000 -p 256 >jackd.log 2>&1 9>&- &
server=$!
echo $server >"$lock"
jack_wait -w -t 20 >/dev/null 2>&1 || failed 'jackd does not start'
if [ -f "$tests/libpurity.so" ] && [ "$pace" != slow ]; then # a sanitizer watches by itself, and must come first
    watch="env PURITY_REPORT=$work/purity.txt LD_PRELOAD=$tests/libpurity.so"
fi
start --tempo 200 --generate drums,bass,chords,melody --record jack.wav -o jack.mid --seed 4
grep -q 'Jamming on JACK' said || failed "it does not play on JACK: $(cat said)"
press 1 v 2 n 3 m m K j 4 u
recorded 6 jack.wav
press q
wait "$player" || failed "timbrel jam on JACK: exit status $?: $(cat said)"
player=
exec 3>&-
between 3 "$(value jack.wav length)" 600 'the length of a recording on JACK'
between 3 "$(value jack.mid bars)" 600 'the bars of a jam on JACK'
if [ "$watch" ]; then
    for kind in allocations frees locks waits output 'system calls'; do
        between 0 "$(sed -n "s/^$kind: //p" purity.txt)" 0 "the number of $kind on the audio thread"
    done
fi

conclude
