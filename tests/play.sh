#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests `timbrel play` on a JACK server with the dummy driver: MIDI and keys in, a recording out.
#
#   tests/play.sh TIMBREL TESTS [slow]     TESTS: build folder of the tests; slow: need not keep up with real time
set -u
timbrel=$1 tests=$2
for tool in jackd jack_midiseq jack_wait; do
    if ! command -v $tool >/dev/null; then
        echo "SKIPPED: $tool is not installed; scripts/setup.sh build test installs it"
        exit 77
    fi
done
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"
# All runs use one server name, one run at a time: JACK remembers eight names of killed servers and then accepts no
# more.
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=timbrel-test
lock=${TMPDIR:-/tmp}/timbrel-test-jack.lock
exec 9>>"$lock"
if flock -w 600 9; then
    left=$(tail -n 1 "$lock")
else
    echo 'another run of this test does not end; continuing beside it'
    left=''
fi
server='' sequencer='' player='' visitor=''

# Ends all processes started here; the server is killed at once, since it may not react.
end_all() {
    for pid in $sequencer $player $visitor; do
        kill "$pid" 2>/dev/null
    done
    if [ -n "$server" ]; then # gone before another test may start its own
        kill -9 "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    fi
    rm -rf "${work:?}" /dev/shm/*"$JACK_DEFAULT_SERVER"*
}
trap end_all EXIT
trap 'exit 143' HUP INT TERM
# The server of a run that was killed would block JACK; its process id is in the lock file, and its name is ours.
if [ -n "$left" ] && { tr '\0' ' ' <"/proc/$left/cmdline"; } 2>/dev/null | grep -q "^jackd -n $JACK_DEFAULT_SERVER "; then
    kill -9 "$left"
    sleep 1
    rm -rf /dev/shm/*"$JACK_DEFAULT_SERVER"*
fi

# wait_for PATTERN FILE: waits up to a minute, since the machine may be busy.
wait_for() {
    tries=0
    until grep -qs -e "$1" "$2"; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ]; then
            failed "no \"$1\" within a minute in:"
            cat "$2"
            return
        fi
        sleep 0.1
    done
}

# start ARGUMENT...: timbrel plays in the background, as $player. It reads $keys and, when $limited is set, its files may
# not grow beyond 200 kB. What it says is in `said`, where nothing of an earlier player is left to be waited for.
keys=/dev/null limited=
start() {
    rm -f said
    (
        [ -z "$limited" ] || { trap '' XFSZ; ulimit -f 400; }
        exec "$timbrel" play "$@"
    ) >said 2>&1 <"$keys" 9>&- &
    player=$!
}

# ended STATUS: the player exits within half a minute with this status; in a slow build, which first has to finish
# analysing a sound for its map, within three minutes.
[ "${3:-}" = slow ] && patience=180 || patience=30
ended() {
    (
        sleep "$patience" &
        trap 'kill $!' TERM # or the sleep would go on, and whoever reads this test's output would wait for it
        wait $! && kill -9 "$player"
    ) >/dev/null 2>&1 9>&- &
    watch=$!
    wait "$player"
    got=$?
    kill $watch 2>/dev/null
    player=
    if [ $got != "$1" ]; then
        failed "timbrel play: exit status $got, not $1"
        cat said
    fi
}

# Without a device or MIDI input.
expect 0 'ound device' play --list-devices
expect 1 'no sound device "no-such"' play --device no-such
expect 0 'none (silent), 2 channels, 48000 Hz' play --list-devices
expect 2 'one argument too many' play flute flute flute flute flute
expect 2 'does not end in' play flute --record x.mid

# The silent device: page, keys and recording work.
mkfifo keys
keys=keys
start clarinet --device none --rate 44100 --record silent.wav
exec 3>keys
wait_for 'Playing on none (silent) at 44100 Hz, blocks of 128' said
wait_for 'Page: http' said
printf 'a' >&3
sleep 2
printf 'q' >&3
ended 0
exec 3>&-
rm keys
keys=/dev/null
"$timbrel" info silent.wav >silent.txt
grep -q '^  pitch  *C4' silent.txt || failed "no C4 in silence: $(cat silent.txt)"
between 44100 "$(value silent.wav sample_rate)" 44100 'the rate of the silent device'

# Two players record under the same name: the second one takes another, and both say which.
start clarinet --device none --record both.wav
"$timbrel" play clarinet --device none --record both.wav >said-too 2>&1 </dev/null 9>&- &
visitor=$!
wait_for 'Page: ' said
wait_for 'Page: ' said-too
sleep 1
kill -INT "$player" "$visitor"
wait "$visitor" || failed "the second player: $(cat said-too)"
visitor=
ended 0
[ "$(cat said said-too | grep -c '^both\(-2\)*\.wav: .* s$')" = 2 ] || failed "two recordings: $(cat said said-too)"
for recording in both.wav both-2.wav; do
    grep -q "^$recording: " said said-too || failed "nobody names $recording"
    between 0.3 "$(value $recording length)" 60 "the length of $recording"
done

# A player that is killed leaves no file of the recording's name, and what it left is not written over.
start clarinet --device none --no-page --record killed.wav
wait_for 'Playing on' said
i=0
while [ ! -s killed.wav.tmp ] && [ $i -lt 300 ]; do
    sleep 0.1
    i=$((i + 1))
done
kill -KILL "$player"
wait "$player" 2>/dev/null
[ -e killed.wav ] && failed 'a killed player leaves a file of the name'
[ -s killed.wav.tmp ] || failed "a killed player leaves nothing: $(ls)"
start clarinet --device none --no-page --record killed.wav
wait_for 'Playing on' said
sleep 1
kill -INT "$player"
ended 0
between 0.1 "$(value killed-2.wav length)" 60 'the length of a recording after that of a killed player'
rm -f killed.wav.tmp

# A recording comes to the largest size that files may have here: whole sentences, and what was written is kept.
limited=yes
start clarinet --device none --record full.wav
limited=
wait_for '^The recording has stopped; what there was is kept\.$' said
wait_for '^timbrel: Cannot write "full.wav": File too large\.$' said
kill -INT "$player"
ended 1
grep -q '^timbrel: The recording "full.wav" is not whole: it stopped after [01]\.[0-9] s\.$' said || failed "the end: $(cat said)"
between 0.2 "$(value full.wav length)" 2 'the length of a recording that stopped'

# Ctrl-C while a recording that was begun on the page runs: it is whole, and the exit status is that of any end.
if command -v node >/dev/null; then
    cat >record.mjs <<END
import {connectClient, frame} from "$root/tests/page/socket.mjs";
const socket = await connectClient(Number(process.argv[2]));
socket.write(frame('{"note": [60, 100]}'));
socket.write(frame('{"record": true}'));
setTimeout(() => process.exit(0), 1000);
END
    start clarinet --device none --rate 44100
    wait_for 'Page: http' said
    port=$(sed -n 's/^Page: .*:\([0-9]*\).*/\1/p' said)
    node record.mjs "$port" || failed 'the page does not answer'
    sleep 1
    kill -INT "$player"
    ended 0
    [ "$(find . -name 'timbrel-*.wav' | wc -l)" = 1 ] || failed "a recording of the page: $(ls)"
    between 0.3 "$(value timbrel-*.wav length)" 60 'the length of a recording begun on the page'
    rm -f timbrel-*.wav

    # One begun on the page stops so too; the exit status is that of any end.
    limited=yes
    start clarinet --device none
    limited=
    wait_for 'Page: http' said
    node record.mjs "$(sed -n 's/^Page: .*:\([0-9]*\).*/\1/p' said)" || failed 'the page does not answer'
    wait_for '^The recording has stopped; what there was is kept\.$' said
    wait_for '^timbrel: Cannot write ".*timbrel-.*wav": File too large\.$' said
    kill -INT "$player"
    ended 0
    grep -q 'No error' said && failed "a failure without a reason: $(cat said)"
    rm -f timbrel-*.wav
fi

# A server left by someone else would be mistaken for ours.
if ! jack_wait -c 2>/dev/null | grep -q 'not running'; then
    failed "a JACK server $JACK_DEFAULT_SERVER runs already: end it"
    conclude
    exit 1
fi

# start_server RATE BLOCK: starts a server with a long client timeout, since a client may wait for a busy processor
start_server() {
    jackd -n "$JACK_DEFAULT_SERVER" --no-realtime --timeout 5000 -d dummy -r "$1" -p "$2" >>jackd.log 2>&1 9>&- &
    server=$!
    echo $server >"$lock"
    if ! jack_wait -w -t 20 >/dev/null 2>&1; then
        cat jackd.log
        failed 'jackd does not start'
        conclude
        exit 1
    fi
}

kill_server() {
    kill -9 "$server"
    wait "$server" 2>/dev/null
    server=
}

start_server 48000 1024
expect 0 'JACK: system, 2 channels, 48000 Hz' play --list-devices
expect 1 'does not play at 44100 Hz; use --rate 48000' play --rate 44100 --device system
expect 1 'no MIDI input "no-such"' play --midi no-such
expect 1 'no bundled sound' play no_such --record x.wav
[ -e x.wav ] && failed 'a sound that is not there is recorded'

# A MIDI keyboard is plugged in during play: C4 for half a second, then G4, repeatedly; both must be in the recording.
start clarinet --record notes.wav --block 256
wait_for 'Playing on JACK: system at 48000 Hz' said
jack_midiseq keys 96000 0 60 24000 48000 67 24000 >sequencer.log 2>&1 9>&- &
sequencer=$!
wait_for 'MIDI from JACK: keys' said
recorded 12 notes.wav
kill $sequencer
sequencer=
wait_for 'no input any more' said
kill -INT "$player"
ended 0
between 2 "$(value notes.wav channels)" 2 'the number of channels'
between 5 "$(value notes.wav length)" 60 'the length of the recording'
"$timbrel" info notes.wav >notes.txt
n=$(grep -c '^  note .* s [CG]4' notes.txt)
between 8 "$n" 30 'the number of notes C4 and G4' # one a second; a busy machine loses some
grep -q '^  note .* s G4' notes.txt || failed 'there is no G4'
# Underruns are not counted: the dummy driver causes them on a busy machine.
[ "${3:-}" = slow ] || grep -q 'by our fault 0,' said || failed "blocks took too long: $(cat said)"

# Keys in the terminal: octave up and a note; pad to the right edge and another note; quit.
mkfifo keys
keys=keys
start flute clarinet --no-reverb --record keys.flac --voices 4 --block 256
exec 3>keys
wait_for 'Playing on JACK' said
sleep 1
printf 'xa' >&3
sleep 2
i=0
while [ $i -lt 20 ]; do
    printf '\033[C' >&3
    sleep 0.05
    i=$((i + 1))
done
printf 'g' >&3
sleep 2
printf 'q' >&3
ended 0
exec 3>&-
keys=/dev/null
"$timbrel" info keys.flac >keys.txt
grep -q '^  note .* s C5' keys.txt || failed "no C5: $(cat keys.txt)"
grep -q '^  note .* s G5' keys.txt || failed "no G5: $(cat keys.txt)"

# Under a flood of all kinds of messages the audio thread does nothing forbidden; afterwards single notes sound at once.
[ "${3:-}" = slow ] || export LD_PRELOAD="$tests/libpurity.so" PURITY_REPORT=purity.txt
start clarinet piano --no-reverb --record flood.wav
unset LD_PRELOAD
wait_for 'Playing on JACK' said
"$tests/midi_flood" 3 1000 >flood.log 2>&1 || failed "midi_flood: $(cat flood.log)"
# Notes during underruns of the server are repeated, and the median latency is judged, to exclude delays by a busy
# machine. Skipped in slow builds.
[ "${3:-}" = slow ] || "$tests/latency" 20 2 >latency.log 2>&1 || failed "latency: $(cat latency.log)"
kill -INT "$player"
ended 0
if [ "${3:-}" != slow ]; then
    for kind in allocations frees locks waits output 'system calls'; do
        between 0 "$(sed -n "s/^$kind: //p" purity.txt)" 0 "the number of $kind on the audio thread"
    done
fi

# The server dies, and is started again with another sample rate and size of blocks: notes sound again at their pitch, and
# the recording goes on in another file, without the silence between.
# Somebody looks at the page all the time.
start clarinet --record lost.wav
wait_for 'Playing on JACK: system at 48000 Hz, blocks of 1024' said
if command -v node >/dev/null; then
    wait_for 'Page: ' said
    node "$root/tests/page/look.mjs" "$(sed -n 's/^Page: .*:\([0-9]*\)\/.*/\1/p' said)" >look.log 2>&1 9>&- &
    visitor=$!
    wait_for '^in' look.log
fi
for key in 60 67; do
    jack_midiseq keys$key 48000 0 $key 24000 >sequencer.log 2>&1 9>&- &
    sequencer=$!
    wait_for "MIDI from JACK: keys$key" said
    sleep 3
    [ $key = 67 ] && break
    kill_server
    wait_for 'device is gone; waiting for "JACK: system"\. To play on another' said
    kill $sequencer 2>/dev/null
    start_server 44100 512
    wait_for 'device is back, now at 44100 Hz' said
    wait_for 'goes on in "lost-2.wav"' said
done
kill $sequencer
sequencer=
kill -INT "$player"
ended 0
wait_for '^lost.wav to lost-2.wav: .* in 2 files' said
"$timbrel" info lost.wav >lost.txt
grep -q '^  \(note .* s\|pitch .*\) C4' lost.txt || failed "no C4 from before the server died: $(cat lost.txt)"
between 44100 "$(value lost-2.wav sample_rate)" 44100 'the rate after the server was started again'
"$timbrel" info lost-2.wav >lost-2.txt
grep -q '^  \(note .* s\|pitch .*\) G4' lost-2.txt || failed "no G4 from after it was started again: $(cat lost-2.txt)"

kill $visitor 2>/dev/null
visitor=

# The server is not restarted: the recording up to its end is kept.
start clarinet --record kept.wav
wait_for 'Playing on JACK' said
sleep 2
kill_server
wait_for 'device is gone' said
kill -INT "$player"
ended 0
between 0.5 "$(value kept.wav length)" 20 'the length of what was recorded before'

conclude
