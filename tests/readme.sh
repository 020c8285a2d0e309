#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs every example of README.md that stands in a ```sh block, in one folder and in their order, with the bundled
# sounds at hand: what the README shows, works. (Blocks that are only to be read are fenced otherwise: ```text.)
#
#   tests/readme.sh TIMBREL
set -eu
timbrel=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/bin"
ln -s "$timbrel" "$work/bin/timbrel"
PATH=$work/bin:$PATH
if [ -d "$root/presets/sounds" ]; then
    cp "$root"/presets/sounds/* "$work"
    mkdir "$work/presets" && cp -r "$root/presets/songs" "$work/presets"
fi
awk '/^```sh$/ {on = 1; next} /^```/ {on = 0} on' "$root/README.md" >"$work/examples.sh"
if ! [ -s "$work/examples.sh" ]; then
    echo "README.md has no \`\`\`sh block"
    exit 1
fi
cd "$work"
sh -eux examples.sh </dev/null
