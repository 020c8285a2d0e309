#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Maps of sounds through the command line.
#
#   tests/map.sh TIMBREL
set -u
timbrel=$1
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/expect.sh"

# apart NAME NAME: how far they lie from each other in map.json, as a share of the map's width.
apart() {
    awk -v a="\"$1\"," -v b="\"$2\"," '$1 == "\"name\":" { name = $2 }
        $1 == "\"x\":" { x[name] = $2 + 0; if ($2 + 0 > high) high = $2 + 0; if ($2 + 0 < low) low = $2 + 0 }
        $1 == "\"y\":" { y[name] = $2 + 0 }
        END { if (a in x && b in x) print sqrt((x[a] - x[b]) ^ 2 + (y[a] - y[b]) ^ 2) / (high - low) }' map.json
}

is_png() {
    [ "$(head -c 4 "$1" | tail -c 3)" = PNG ] || failed "$1 is no PNG"
}

# One folder: the same sound under two names, as a file and encoded, lies at one place; a damaged file is passed over.
mkdir a b one empty
for name in flute violin kick marimba; do
    cp "$root/presets/sounds/$name.flac" a
done
cp a/flute.flac a/again.flac
expect 0 '' encode a/kick.flac -o a/thud.timbrel
echo 'no sound' >a/broken.wav
"$timbrel" map a -o a.png --json >map.json 2>err || failed "map a: $(cat err)"
grep -q 'Skipped: "a/broken.wav" is not a sound' err || failed 'a broken file was not named'
grep -q '"n": 6' map.json || failed 'there are not 6 sounds on the map'
grep -q '"file": "a/broken.wav"' map.json || failed 'the broken file is not among those passed over'
is_png a.png
between 0 "$(apart flute again)" 0.01 'the distance of a sound from itself'
between 0 "$(apart kick thud)" 0.01 'the distance of a sound from itself, encoded'
between 0.1 "$(apart flute kick)" 2 'the distance of a flute from a kick drum'
between 0.1 "$(apart marimba violin)" 2 'the distance of a marimba from a violin'
for name in flute kick violin; do
    hz=$(awk -v name="\"$name\"," '$1 == "\"name\":" { here = $2 == name } here && $1 == "\"brightness\":" { print $2 + 0 }' map.json)
    info=$(value a/$name.flac brightness)
    between "$(awk "BEGIN { print 0.9 * $info }")" "$hz" "$(awk "BEGIN { print 1.1 * $info }")" "the brightness of $name, $info Hz for info,"
done
cp map.json first.json
"$timbrel" map a --json >map.json 2>err
cmp first.json map.json || failed 'a map made again is another'

# Several folders, lone sounds, bundled sounds; sizes and labels.
cp a/flute.flac a/kick.flac b
expect 0 '' map a/ b bell voice -o two.png --labels all --size 800x600
is_png two.png
expect 0 '"folder": "bundled sounds"' map --json
expect 0 '' map flute kick bell -o three.png --labels none
is_png three.png

# What cannot be done.
echo old >old.png
cp a/broken.wav a/flute.flac one
cp a/broken.wav one/broken2.wav
expect 1 'There is no sound in "empty"' map empty -o old.png
expect 1 'only one sound.*at least 3' map flute -o old.png
expect 1 'only one sound.*at least 3' map one -o old.png
expect 1 'only two sounds' map b -o old.png
expect 1 'did you mean "flute"' map fluet bell voice -o old.png
expect 1 'There is no folder' map a -o nowhere/x.png
expect 2 'output FILE.png is missing' map a
expect 2 'such as 1600x1100' map a -o old.png --size 800
expect 2 'such as 1600x1100' map a -o old.png --size 10x10
expect 2 'one of none|some|all' map a -o old.png --labels many
sed 's/"model":"[0-9a-f]\{16\}"/"model":"0123456789abcdef"/' a/thud.timbrel >b/other.timbrel
expect 1 'encoded with another model' map b -o old.png
[ "$(cat old.png)" = old ] || failed 'a failure replaced an older file'

# Ctrl-C: one sentence, exit status 130, no picture.
mkdir many
i=0
while [ $i -lt 400 ]; do
    ln -s ../a/violin.flac many/$i.flac
    i=$((i + 1))
done
interrupt '[ -s err ]' map many -o many.png # once it tells of its progress
if [ $got != 130 ] || [ -e many.png ] || ! grep -q 'timbrel: Stopped' err; then
    failed "Ctrl-C gave exit status $got and: $(cat err)"
fi
conclude
