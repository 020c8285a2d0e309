#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the folder that the default model is trained on, from what Debian packages (presets/README.md has each source
# with its licence), and from a folder of folders of real recordings if one is given. What is held out
# (presets/tools/held_out.txt) is not in it.
#
#   scripts/training_data.sh OUT [RECORDINGS]
set -eu
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: scripts/training_data.sh OUT [RECORDINGS]" >&2
    exit 2
fi
mkdir -p "$1"
out=$(cd "$1" && pwd)
recordings=${2:+$(cd "$2" && pwd)}
cd "$(dirname "$0")/.."

scripts/setup.sh build train
cmake --preset release -DTIMBREL_TOOLS=ON --log-level=WARNING
cmake --build --preset release --target render_notes vary_recordings

# Two sound fonts, each on two grids of pitches.
tools=presets/tools
sf2=/usr/share/sounds/sf2
render=build/release/presets/tools/render_notes
$render $sf2/MuseScore_General_Full.sf2 "$out/musescore" $tools/ranges.txt $tools/held_out.txt
$render $sf2/MuseScore_General_Full.sf2 "$out/musescore" $tools/ranges.txt $tools/held_out.txt 3
$render $sf2/FluidR3_GM.sf2 "$out/fluidr3" $tools/ranges.txt $tools/held_out.txt 2
$render $sf2/FluidR3_GM.sf2 "$out/fluidr3" $tools/ranges.txt $tools/held_out.txt 4

# Recordings. Sonic Pi's samples that the package's copyright file names as CC0; not the "amen" break, whose performers
# never gave that licence.
mkdir -p "$out/sonic-pi"
doc=/usr/share/doc/sonic-pi-samples/copyright
awk '/^Files: etc\/samples\//{name = $2} /^License: CC0$/{if (name) print name; name = ""} /^$/{name = ""}' $doc |
    sed 's|.*/||' | grep -v '^loop_amen' | while read -r name; do
    from=/usr/share/sonic-pi/samples/$name
    if [ -f "$from" ]; then
        cp -u "$from" "$out/sonic-pi/"
    fi
done

# Hydrogen's drum kits under CC0, CC-BY 3.0 or GPL 2 "or later". Left out for their licence: kits under GPL 2 only
# (ForzeeStereo, Gimme A Hand, Millo, The Black Pearl) and CC-BY-SA 3.0 (BJA Pacific, circAfrique).
for kit in Audiophob ElectricEmpireKit HardElectro1 VariBreaks ColomboAcousticDrumkit rumpf_kit_z01_h2; do
    mkdir -p "$out/hydrogen/$kit"
    find "/usr/share/hydrogen/data/drumkits/$kit" -type f \
        \( -iname '*.wav' -o -iname '*.flac' -o -iname '*.aif*' -o -iname '*.au' \) -exec cp -u {} "$out/hydrogen/$kit/" \;
done
echo "sonic-pi: $(find "$out/sonic-pi" -type f | wc -l) files; hydrogen: $(find "$out/hydrogen" -type f | wc -l) files"

# Real recordings, as they are and in another room.
if [ -n "$recordings" ]; then
    build/release/presets/tools/vary_recordings "$recordings" "$out/recordings" $tools/held_out.txt 1
fi
echo "The training data is in $out"
