# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# For the tests of the command line: a folder to work in, and what to say when something is not as it should be.
# The test sets $timbrel, then reads this file; at its end it calls conclude. $root is the source tree.
# shellcheck disable=SC2034 # for the tests
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0
: "${timbrel:?the test must say which timbrel it tests}"

failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect STATUS PATTERN ARGUMENT...: runs timbrel; its exit status and its output (both streams, kept in `out`) must match.
expect() {
    status=$1 pattern=$2
    shift 2
    "$timbrel" "$@" >out 2>&1 </dev/null
    got=$?
    if ! expr "$got" : "$status\$" >/dev/null; then
        failed "timbrel $*: exit status $got, not $status"
        cat out
    elif [ -n "$pattern" ] && ! grep -q -e "$pattern" out; then
        failed "timbrel $*: no \"$pattern\" in:"
        cat out
    fi
}

# two_samples FOLDER: whether two have been written to it.
two_samples() {
    [ "$(find "$1" -name '*.wav' 2>/dev/null | wc -l)" -ge 2 ]
}

# interrupt CONDITION ARGUMENT...: runs timbrel, sends it what Ctrl-C sends once the condition, a shell command, holds, and
# sets $got to its exit status; its output is in `out` and `err`.
interrupt() {
    condition=$1
    shift
    rm -f err
    "$timbrel" "$@" >out 2>err &
    pid=$!
    i=0
    while ! eval "$condition" && [ $i -lt 300 ]; do
        sleep 0.1
        i=$((i + 1))
    done
    kill -INT $pid
    wait $pid
    got=$?
}

# recorded SECONDS FILE: waits, up to a minute, until this much is in a recording of stereo with 24 bits: a server on a busy
# machine plays less than its clock says.
recorded() {
    tries=0
    until [ "$(wc -c <"$2.tmp")" -ge $(($1 * 48000 * 6)) ] || [ $tries -gt 600 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}

# value FILE KEY: a number of `timbrel info`.
value() {
    "$timbrel" info "$1" --json | sed -n "s/^ *\"$2\": \([-0-9.e]*\).*/\1/p"
}

# between LOW X HIGH WHAT
between() {
    if ! awk -v low="$1" -v x="$2" -v high="$3" 'BEGIN { exit !(x != "" && x + 0 >= low && x + 0 <= high) }'; then
        failed "$4 is $2, not $1 to $3"
    fi
}

# close_to DB REF TEST: are these two sounds as close as that?
close_to() {
    db=$("$timbrel" compare "$2" "$3" --json | sed -n 's/^ *"mel_lsd": \([-0-9.e]*\).*/\1/p' | tail -n 1)
    between 0 "$db" "$1" "mel_lsd of $3 from $2"
}

conclude() {
    left=$(find . -name '*.tmp*')
    [ -z "$left" ] || failed "left behind: $left"
    [ $failures = 0 ] && echo "all as expected"
    [ $failures = 0 ]
}
