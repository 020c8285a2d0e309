#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Ten minutes on a stage: timbrel play on a JACK server with a dummy of a sound card, at 64 samples, 16 voices, under a
# flood of MIDI, recording, and watched for all that an audio thread must not do. Prints figures; fails when a block was
# late by Timbrel's fault, when something forbidden happened, something was lost, or memory grew. Then measures the
# latency of 500 notes.
#
#   tests/long_play.sh TIMBREL TESTS [MINUTES [BLOCK]]     TESTS: where the tests were built
#
# RATE_OF_MIDI: messages a second (1000). WHILE: a command that runs meanwhile, such as a browser with the page.
set -u
timbrel=$1 tests=$2 minutes=${3:-10} block=${4:-64}
for tool in jackd jack_wait; do
    command -v $tool >/dev/null || exit 77
done
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"
export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=timbrel-test
exec 9>"${TMPDIR:-/tmp}/timbrel-test-jack.lock"
flock -w 600 9
server='' player='' beside=''
end_all() {
    for pid in $beside $player $server; do
        kill "$pid" 2>/dev/null
    done
    rm -rf "${work:?}" /dev/shm/*"$JACK_DEFAULT_SERVER"*
}
trap end_all EXIT

# With real-time rights where there are any, as on a stage.
rights=--no-realtime
chrt -f 10 true 2>/dev/null && rights=-R
jackd -n "$JACK_DEFAULT_SERVER" $rights -d dummy -r 48000 -p "$block" >jackd.log 2>&1 9>&- &
server=$!
jack_wait -w -t 20 >/dev/null 2>&1 || failed 'jackd does not start'

# start OPTION...: plays, watched; what it says goes to `said`.
start() {
    rm -f said
    PURITY_REPORT=purity.txt LD_PRELOAD=$tests/libpurity.so "$timbrel" play "$@" >said 2>&1 </dev/null 9>&- &
    player=$!
    tries=0
    until grep -qs 'Playing on JACK' said || [ $tries -gt 300 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

finish() {
    kill -INT "$player"
    wait "$player" || failed "timbrel play: exit status $?"
    player=
}

resident() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$player/status"
}

ticks() {
    awk '/^cpu / { print $9 }' /proc/stat
}

echo "jackd $rights, blocks of $block, $minutes minutes"
start piano clarinet flute bell --voices 16 --record long.wav
stolen=$(ticks)
if [ -n "${WHILE:-}" ]; then
    sh -c "$WHILE" 9>&- &
    beside=$!
fi
"$tests/midi_flood" $((minutes * 60)) "${RATE_OF_MIDI:-1000}" 9>&- &
flood=$!
sleep 30
early=$(resident)
wait $flood || failed 'midi_flood does not play'
late=$(resident)
finish
echo "taken by the host of this machine: $(($(ticks) - stolen)) hundredths of a second; memory: $early kB, at the end $late kB"
grep -v 'no preset for program' said | tail -n 12
cat purity.txt
for kind in allocations frees locks waits output 'system calls'; do
    between 0 "$(sed -n "s/^$kind: //p" purity.txt)" 0 "the number of $kind in callbacks"
done
grep -q 'by our fault 0,' said || failed 'blocks were late by our fault'
grep -q 'lost' said && failed 'messages were lost'
between 1 "$late" $((early + 4000)) 'memory at the end'
between $((minutes * 60 - 5)) "$(value long.wav length)" $((minutes * 60 + 60)) 'the length of the recording'

start clarinet --no-reverb
"$tests/latency" 500 $((1000 * block / 48000 + 2)) 1 || failed 'the latency of notes'
finish
conclude
