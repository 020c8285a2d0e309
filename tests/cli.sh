#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line as a person meets it: what it prints, its exit status, what it leaves behind.
#
#   tests/cli.sh TIMBREL [slow]
set -u
timbrel=$1
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"

# A sound to work on: 16 bit WAV, 0.25 s, made here byte by byte: a pulse train of 100 Hz at rate $2; with $3 not 0, two
# of them with silence between.
make_wav() {
    rate=$2
    n=$((rate / 4))
    awk -v rate="$rate" -v n="$n" -v gap="${3:-0}" 'function u16(x) { printf "\\%03o\\%03o", x % 256, int(x / 256) % 256 }
        function u32(x) { u16(x % 65536); u16(int(x / 65536)) }
        BEGIN { printf "RIFF"; u32(36 + 2 * n); printf "WAVEfmt "; u32(16); u16(1); u16(1); u32(rate); u32(2 * rate)
                u16(2); u16(16); printf "data"; u32(2 * n)
                for (i = 0; i < n; i++) {
                    silent = gap && i > 0.3 * n && i < 0.6 * n
                    u16(silent ? 0 : i % int(rate / 100) < 20 ? 9000 : 65000) } }' >"$1.octal"
    # shellcheck disable=SC2059 # the octal text is the format
    printf "$(cat "$1.octal")" >"$1"
}
make_wav a.wav 44100
make_wav b.wav 32000
make_wav two.wav 44100 1

expect 2 'Usage: timbrel COMMAND'
expect 0 'Commands:' --help
grep -q '^  timbrel compose -o track.wav$' out || failed 'the help does not show how to compose'
[ -z "$(awk 'length($0) > 80' out)" ] || failed 'lines of over 80 columns in the help'
expect 0 '^timbrel [0-9]' --version
expect 0 'REF TEST' help compare
expect 0 '--json' compare --help
expect 2 'did you mean "compare"' comapre
expect 2 'timbrel --help' frobnicate
expect 2 'no option "--versoin"; did you mean "--version"' --versoin
expect 2 'no option "-help"; did you mean "--help"' -help
expect 2 'no command "hlep"; did you mean "help"' hlep
expect 0 '^Commands:$' help help
expect 0 '^Commands:$' --help --help
expect 2 'did you mean "plot"' help plto
expect 2 'did you mean --json' compare a.wav a.wav --jsno
expect 2 'timbrel: TEST is missing; use it as: timbrel compare REF TEST$' compare a.wav
expect 2 'REF is missing' compare
expect 2 'DIR is missing' train -o x.safetensors
expect 2 'from 0 to 2147483647, not' sample -o x --seed -1
XDG_DATA_HOME=$work/data
export XDG_DATA_HOME
expect 0 '^  0  Front Room Upright ' presets
expect 0 '"sounds": \[' presets --show 'sunday bell'
expect 1 'no preset "nothing"' presets --show nothing
mkdir -p data/timbrel/presets
"$timbrel" presets --show 'Sunday Bell' | sed 's/Sunday Bell/Mein Glöckchen/' >data/timbrel/presets/any.json
expect 0 '^ 24  Mein Glöckchen .*(yours)$' presets
expect 0 '"name": "Mein Gl' presets --show data/timbrel/presets/any.json
echo '{}' >empty.json
expect 1 'not a preset' presets --show empty.json
expect 0 '"name": "Sunday Bell"' presets --show 7
expect 1 'they go from 0 to 24' presets --show 25
expect 1 'did you mean "Sunday Bell"' presets --show sunday
expect 1 'did you mean "Warm Front"' play --device none --preset 'Warm Frnt'
expect 1 'did you mean "flute"' info flut
expect 1 'did you mean "violin"' morph violni bell -o x.wav
expect 1 'no bundled sound "nothing-like-it"; the bundled sounds are$' info nothing-like-it
grep -q '^  bell, clarinet, ' out || failed "the bundled sounds are not listed: $(cat out)"
[ -z "$(awk '/^  / && length($0) > 80' out)" ] || failed "a list of over 80 columns: $(cat out)"

# Files of presets that are wrong are named, with what is wrong: in the list, and when one plays.
cp data/timbrel/presets/any.json data/timbrel/presets/same.json
echo '{"timbrel_preset": 1, "name": "Typo", "colour": 1, "controls": {"pich": 2}}' >data/timbrel/presets/typo.json
echo '{' >data/timbrel/presets/broken.json
expect 0 'Left out: .*broken.json" is a damaged preset (line 2' presets
expect 0 'Left out: .*/same.json: "Mein Gl.*any.json already' presets
expect 0 'Warning: .*/typo.json: unknown member "colour", "controls.pich"' presets
expect 0 'Warning: .*typo.json: unknown member "colour"' presets --show data/timbrel/presets/typo.json
mkfifo pipe.wav # a pipe without a writer is told, and not waited for
for command in 'info pipe.wav' 'encode pipe.wav -o x.timbrel' 'render pipe.wav -o x.wav' 'plot pipe.wav -o x.png' \
    'encode a.wav -m pipe.wav -o x.timbrel' 'train pipe.wav -o x.safetensors'; do
    # shellcheck disable=SC2086 # a list of words
    expect 1 'a pipe, not a sound file\|is a pipe that no program writes to\|is a device or pipe' $command
done
cat "$root/presets/songs/round.mid" >pipe.wav & # with one it is read
expect 0 '' render pipe.wav --sound flute --tail 0 -o x.wav
wait
rm x.wav
# told TIMES ARGUMENT...: a command tells of the member that no preset has.
told() {
    times=$1
    shift
    expect '[012]' '' "$@"
    [ "$(grep -c 'typo.json: unknown member "colour"' out)" = "$times" ] || failed "timbrel $*: $(cat out)"
}
told 1 presets
told 1 presets --show typo
told 1 presets --show 25
told 1 play --device no-such --preset Typo
told 1 play --device no-such --preset data/timbrel/presets/typo.json
told 1 render "$root/presets/songs/round.mid" --sound preset:typo --sound 2=preset:data/timbrel/presets/typo.json -o typo.wav
told 1 instrument preset:typo -o typo_samples --low C4 --high C4 --layers 1 --hold 1
told 0 presets --show 7
expect 1 'broken.json" is a damaged preset' play --device no-such --preset Typo
expect 0 '^ 25  Typo' presets
rm data/timbrel/presets/*o*.json data/timbrel/presets/same.json
expect 0 '' presets
if grep -q 'Left out' out; then
    failed "faults of files that are gone"
fi

# Every line of help fits into 80 columns, counted in letters, and so do tables.
for command in '' $("$timbrel" --complete); do
    # shellcheck disable=SC2086 # none, or one
    "$timbrel" help $command >>all_help
    # shellcheck disable=SC2086 # none, or one
    "$timbrel" help $command | grep -q '^  timbrel ' || failed "no example in the help of $command"
done
{ "$timbrel" presets && "$timbrel" info flute && "$timbrel" info default; } >>all_help
voices=128 # the widest figures
[ "${2:-}" != slow ] || voices=16
"$timbrel" bench --block 4096 --voices $voices --seconds 0.1 --plays 1 --share 100 >>all_help
wide=$(LC_ALL=C sed 's/[\x80-\xbf]//g' all_help | LC_ALL=C awk 'length($0) > 80')
[ -z "$wide" ] || failed "lines of over 80 columns: $wide"
grep 'e[+-][0-9][0-9]' all_help && failed "numbers with exponents"
expect 2 'one argument too many' compare a.wav a.wav a.wav
expect 2 'takes no value' compare a.wav a.wav --json=yes
expect 2 'given twice' compare a.wav a.wav --json --json
expect 2 '--output FILE.png is missing' plot a.wav
expect 2 'wants a text after it' plot a.wav -o
expect 2 'TEST is missing' compare a.wav
expect 2 'from 0 to 2147483647, not' sample -o x --seed -1
expect 0 '' plot a.wav -o=equals.png
if [ ! -f equals.png ] || [ -e =equals.png ]; then
    failed "-o=FILE does not write FILE"
fi
expect 1 'There is no file or folder "nowhere.wav"\.$' compare a.wav nowhere.wav
expect 2 'give two files or two folders' compare a.wav .
expect 0 'mel_lsd  *0.00 dB' compare a.wav a.wav
expect 0 'mel_lsd' compare a.wav b.wav
expect 0 '"mel_lsd": 0.0' compare a.wav a.wav --json
expect 1 'Cannot\|not a sound' info "$timbrel"
expect 2 'is a folder' info .
expect 0 'WAV, 16 bit' info a.wav
expect 0 '"sample_rate": 32000,' info b.wav --json
expect 0 '^  length  *0.25 s$' info a.wav
expect 0 '^  sample rate  *32000 Hz$' info b.wav
expect 0 '^  notes  *1$' info a.wav
expect 0 '^  brightness  *[0-9]* Hz' info a.wav
expect 0 '"attack": [0-9.]*,$' info a.wav --json
expect 0 '^  pitch  *G2 ' info a.wav
expect 0 '^  note 2  *0.1[45] s G2 ' info two.wav
expect 0 '"in_words": "0.00 s G2 ' info two.wav --json
expect 0 '^  attack .* ms, very sudden$' info piano
expect 0 '^  decay .* dB/s, sustained$' info violin
expect 0 '^  hollowness .* dB, hollow$' info clarinet
expect 0 '^  noisiness .* dB, noisy$' info wind
expect 0 '^  pitch  *none$' info cymbal
expect 0 '^  held-out error  *[0-9.]* dB$' info default
expect 0 '^  encoder  *2 hidden layers of 512$' info default
expect 0 '^  noisiness  *pure (-[0-9.]*) to noisy (-[0-9.]*), usually -[0-9.]* dB$' info default
expect 0 '"training_validation_db": 2' info default --json
"$timbrel" info default | grep -e '_' -e 'validation' && failed 'internal names'
expect 1 'the bundled sound is called flute' info flute.wav
if "$timbrel" info a.wav | grep -q ' $'; then
    echo "FAILED: timbrel info: spaces at ends of lines"
    failures=$((failures + 1))
fi
# A millionth of a dB under full scale, in floats of 32 bit: numbers are written without exponents.
awk 'function u16(x) { printf "\\%03o\\%03o", x % 256, int(x / 256) % 256 }
    function u32(x) { u16(x % 65536); u16(int(x / 65536)) }
    BEGIN { n = 11025; printf "RIFF"; u32(36 + 4 * n); printf "WAVEfmt "; u32(16); u16(3); u16(1); u32(44100); u32(176400)
            u16(4); u16(32); printf "data"; u32(4 * n)
            for (i = 0; i < n; i++) u32(i % 441 < 20 ? 1065353214 : 0) }' >full.octal
# shellcheck disable=SC2059 # the octal text is the format
printf "$(cat full.octal)" >full.wav
expect 0 '^  peak  *0 dBFS$' info full.wav
# A recording with a sample that is no number: every command that reads it says so, once, and goes on.
mkdir nan
{ head -c 4044 full.wav && printf '\000\000\300\177' && tail -c +4049 full.wav; } >nan/60.wav
for command in 'info nan/60.wav' 'plot nan/60.wav -o nan.png' 'morph nan/60.wav nan/60.wav -o nan.wav -p nan.png' \
    'encode nan/60.wav -o nan.timbrel' 'encode nan -o nan_encoded' 'resynth nan/60.wav -o nan.wav' 'compare nan/60.wav a.wav' \
    'compare nan nan' 'map nan a.wav b.wav -o nan.png' 'sample --near nan/60.wav -n 1 -o nan_samples' \
    "render $root/presets/songs/round.mid --sound nan/60.wav --sound 2=nan -d nan/60.wav -o nan.wav" \
    'instrument nan/60.wav --low C4 --high C4 --layers 1 --hold 1 -o nan_instrument' \
    'train nan -o nan.safetensors --steps 1'; do
    # shellcheck disable=SC2086 # words on purpose
    expect '[01]' 'Warning: "nan/60.wav" has 1 sample that is infinite or not a number; 0 is taken for it.$' $command
    [ "$(grep -c 'not a number' out)" = 1 ] || failed "timbrel $command: $(cat out)"
done
expect 0 '^  not finite  *1 sample$' info nan/60.wav
cp nan/60.wav nan/61.wav
expect 0 '0 is taken for it. 1 more such file.$' train nan -o nan.safetensors --steps 1 --force
if "$timbrel" info flute --json | grep -q '[0-9]\.0,*$'; then
    echo "FAILED: timbrel info --json: a whole number with a point"
    failures=$((failures + 1))
fi
expect 1 'There is no file "nowhere.wav"\.$' info nowhere.wav
expect 0 '--list-devices' play --help
expect 2 'did you mean "play"' plai
expect 2 'from 16 to 4096' play --block 8
expect 2 'does not end in .wav' play --record a.mp4
expect 1 'no folder' play --record nowhere/a.wav
expect 1 'no sound device "no-such"' play --device no-such
expect 0 '63 to 63 samples' bench seed:7 --block 128 --voices 4 --seconds 0.1 --plays 1 --share 1
expect 0 '"voices": 4' bench seed:7 --block 128 --voices 4 --seconds 0.1 --plays 1 --share 1 --json --still
if "$timbrel" bench seed:7 --block 128 --voices 2 --seconds 0.1 --plays 1 --share 1 | grep -q -- '-[0-9.]* \(ms\|%\)'; then
    failed "a share that is less than nothing"
fi
expect 2 'from 1 to 128' bench --voices 200
expect 1 'no-such' bench no-such

mkdir ref test empty
cp a.wav ref/0_60_100.wav
cp a.wav ref/128_36_100.wav
cp a.wav ref/missing.wav
cp b.wav test/0_60_100.wav
cp a.wav test/128_36_100.wav
expect 0 '^median' compare ref test
expect 0 'no partner.*: missing.wav' compare ref test
expect 0 '"missing": 1' compare ref test --json
mkdir other
cp a.wav other
expect 1 'No sound in "ref" has one of the same name' compare ref other

# An empty folder is told alike by all.
for command in 'compare ref empty' 'compare empty ref' 'encode empty -o x' 'decode empty -o x' 'resynth empty -o x' 'map empty -o x.png' \
    'instrument empty -o x' 'sample --near empty -o x' 'play empty --device none' 'train empty -o x.safetensors' \
    "render $root/presets/songs/round.mid --sound flute --drums empty -o x.wav"; do
    # shellcheck disable=SC2086 # words on purpose
    expect 1 'There is no sound.* in "empty", nor in folders inside; name a folder with .wav,' $command
done
expect 1 '.ogg, .timbrel or other' decode empty -o x
expect 1 '.ogg or other' encode empty -o x
mkdir empty2
expect 1 'There is no sound or MIDI file in "empty" or "empty2"' train empty empty2 -o x.safetensors
expect 1 '"empty", "empty2" or "empty", nor' train empty empty2 empty -o x.safetensors

# So are folders inside a folder; what an earlier run has written into one is not taken for a sound to process.
mkdir -p outer/inner/60
cp a.wav outer/inner/60/36_60.wav
cp a.wav b.wav two.wav outer
expect 0 '^inner/60/36_60.wav ' compare outer outer
expect 0 '"n": 4,' map outer --json
expect 0 '4 of 4 sounds written' encode outer -o encoded
[ -s encoded/inner/60/36_60.timbrel ] || failed "no encoded/inner/60/36_60.timbrel: $(find encoded)"
expect 0 '4 of 4 sounds written' resynth outer -o outer/again
expect 0 '4 of 4 sounds written' resynth outer -o outer/again/
expect 0 '4 of 4 sounds written' resynth outer/again -o outer
expect 0 '^8 files' train outer -o outer.safetensors --steps 1

# Among the pairs of folders, one that cannot be compared is named; the others are, and the exit status tells.
echo text >outer/again/two.wav
: >outer/again/b.wav
expect 1 'Left out: "outer/again/two.wav" is not a sound file' compare outer outer/again
expect 1 'Left out: "outer/again/b.wav" is an empty file' compare outer outer/again
expect 1 '^inner/60/36_60.wav ' compare outer outer/again
# A folder inside that may not be read is told, and the rest is done. Root may read all, and becomes another user.
mkdir -p closed/inner given
cp a.wav closed
chmod 700 closed/inner
echo '#!/bin/sh' >shebang
other=
if [ "$(id -u)" = 0 ]; then
    other='setpriv --reuid 65534 --regid 65534 --clear-groups'
    chown 65534 given
else
    chmod 000 closed/inner
fi
echo "exec $other '$timbrel' \"\$@\"" | cat shebang - >as_other
chmod 755 as_other
whole=$timbrel timbrel=$work/as_other
if ./as_other info closed/a.wav >/dev/null 2>&1; then
    expect 1 'Cannot read "closed/inner": Permission denied' encode closed -o given/encoded
    [ -s given/encoded/a.timbrel ] || failed "no given/encoded/a.timbrel: $(find given)"
else
    echo 'SKIPPED: another user may not enter this folder'
fi
timbrel=$whole
chmod 700 closed/inner
expect 1 '^timbrel: 2 of 4 pairs cannot be compared; the reasons are above.$' compare outer outer/again
expect 1 '"failed": 2,' compare outer outer/again --json --picture failed.png

expect 0 '' plot a.wav b.wav -o ab.png
expect 0 '' compare a.wav b.wav --picture pair.png
for png in ab.png pair.png; do
    if [ "$(head -c 4 $png | tail -c 3)" != PNG ]; then
        echo "FAILED: $png is no PNG"
        failures=$((failures + 1))
    fi
done
# A missing folder and a full disk are told alike by all.
for command in 'plot a.wav -o nowhere/x.png' 'encode a.wav -o nowhere/x.timbrel' 'resynth a.wav -o nowhere/x.wav' \
    'resynth ref -o nowhere/x' 'encode ref -o nowhere/x/' 'sample -o nowhere/x' 'instrument a.wav -o nowhere/x/' \
    'map -o nowhere/x.png' 'train a.wav -o nowhere/x.safetensors' 'play --device none --no-page --record nowhere/x.wav'; do
    # shellcheck disable=SC2086 # words on purpose
    expect 1 'There is no folder "nowhere"; make it first\.$' $command
done
expect 1 'There is no file "nowhere/x.mid"\.$' render nowhere/x.mid --sound flute -o x.wav
expect 1 'There is no file "nowhere/x.wav"\.$' info nowhere/x.wav
expect 1 'There is no file "nowhere/m"\.$' encode a.wav -m nowhere/m -o x.timbrel
"$timbrel" --help >/dev/full 2>out && failed 'a full disk went unnoticed'
grep -q 'Cannot write to standard output: the disk is full\.$' out || failed "of a full disk: $(cat out)"
mkdir small
if mount -t tmpfs -o size=4k none small 2>/dev/null; then # with the rights to
    head -c 4096 /dev/zero >small/full 2>/dev/null
    for command in 'plot a.wav -o small/x.png' 'map -o small/x.png' 'encode a.wav -o small/x.timbrel' \
        'resynth a.wav -o small/x.wav'; do
        # shellcheck disable=SC2086 # words on purpose
        expect 1 'Cannot write "small/x\.[a-z]*": the disk is full\.$' $command
    done
    umount small
fi
# Ctrl-C: one sentence, exit status 130, no partial report.
mkdir many
i=0
while [ $i -lt 600 ]; do
    ln -s "$root/presets/sounds/piano.flac" many/$i.flac # long enough: its progress shows after 5 s
    i=$((i + 1))
done
interrupt '[ -s err ]' compare many many --json # once it tells of its progress
if [ $got != 130 ] || [ -s out ] || ! grep -q 'timbrel: Stopped' err; then
    echo "FAILED: Ctrl-C gave exit status $got and:"
    cat out err
    failures=$((failures + 1))
fi

# A recording that can go on no longer says so at once, and why; here a file may have 100 kB.
printf '#!/bin/sh\nulimit -f 200\ntrap "" XFSZ\nexec "%s" "$@"\n' "$timbrel" >limited
chmod +x limited
whole=$timbrel timbrel=$work/limited
interrupt 'grep -q "Cannot write .*large.wav" err' play flute --device none --no-page --record large.wav
timbrel=$whole
if [ $got != 1 ] || ! grep -q '^The recording has stopped; what there was is kept' err || grep -q 'too slow' err ||
    [ "$(grep -c 'Cannot write .*large.wav.*: File too large' err)" != 1 ] ||
    ! grep -q '"large.wav" is not whole: it stopped after' err; then
    failed "a recording that does not fit ends with $got and: $(cat err)"
fi
expect 0 '^  length  *0.[1-9]' info large.wav

left=$(find . -name '.*.png*')
[ -z "$left" ] || failed "left behind: $left"

# The demo says in a line what it builds; when that fails it shows what was said.
mkdir stub
cat >stub/cmake <<'END'
#!/bin/sh
[ "$1" = --build ] && echo "no compiler" && exit 1
yes compiling | head -n 260
END
chmod +x stub/cmake
if PATH=$work/stub:$PATH sh "$root/scripts/demo.sh" "$work/demo" >out 2>&1; then
    failed "the demo goes on after a build that failed"
fi
if [ "$(grep -n 'no compiler' out | cut -d : -f 1)" -lt 260 ] || [ "$(grep -c 'Configuring .*done$' out)" != 1 ] ||
    [ "$(sed '/failed; this is/q' out | wc -l)" -gt 4 ]; then
    failed "the demo says:"
    cat out
fi

# On a terminal it shows the build as it goes.
if command -v script >/dev/null; then
    cat >stub/cmake <<'END'
#!/bin/sh
[ "$1" = --build ] || exit 0
[ ! -t 1 ] || echo "[3/7] compiling $*"
exit 1
END
    PATH=$work/stub:$PATH script -qec "sh '$root/scripts/demo.sh' '$work/demo'" /dev/null >out 2>&1 </dev/null
    grep -q '^\[3/7\] compiling .*--target timbrel_command' out || failed "on a terminal the demo says: $(cat out)"
fi

# The set-up keeps apt quiet, unless it fails.
cat >stub/apt-get <<'END'
#!/bin/sh
echo 'debconf: delaying package configuration' >&2
[ ! -e "$APT_FAILS" ] || { echo 'E: no space' >&2; exit 100; }
END
printf '#!/bin/sh\nexit 1\n' >stub/dpkg-query
printf '#!/bin/sh\necho 0\n' >stub/id
chmod +x stub/*
PATH=$work/stub:$PATH APT_FAILS=$work/none sh "$root/scripts/setup.sh" build >out 2>&1 || failed 'the set-up fails'
if grep -q debconf out || ! grep -q '^Installed' out; then failed "the set-up says: $(cat out)"; fi
if PATH=$work/stub:$PATH APT_FAILS=$work/stub sh "$root/scripts/setup.sh" build >out 2>&1; then
    failed 'the set-up goes on after apt failed'
fi
grep -q 'E: no space' out || failed "when apt fails, the set-up says: $(cat out)"
rm stub/apt-get stub/dpkg-query stub/id

# A test that npm cannot prepare says what npm says.
cat >stub/npm <<'END'
#!/bin/sh
printf 'npm error %s\n' 'code ENOTFOUND' 'errno ENOTFOUND' 'network request to there failed, reason: ENOTFOUND' '    at once' \
    'A complete log of this run can be found in: /nowhere' >&2
exit 1
END
printf '#!/bin/sh\n' >stub/node
cp stub/node stub/chromium
chmod +x stub/*
PATH=$work/stub:$PATH sh "$root/tests/page.sh" browser "$timbrel" "$work/page" >out 2>&1
if [ $? != 77 ] || ! grep -q 'npm cannot install .*: network request to there failed, reason: ENOTFOUND$' out; then
    failed "page.sh says: $(cat out)"
fi

conclude
