#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the examples in the ```sh blocks of README.md and docs/manual.md in one folder and in order, each distinct line
# once, with the bundled sounds in that folder. Blocks that are only to be read are fenced as ```text.
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
for document in README.md docs/manual.md; do
    awk '/^```sh$/ {on = 1; next} /^```/ {on = 0} on' "$root/$document" >"$work/blocks"
    if ! [ -s "$work/blocks" ]; then
        echo "$document has no \`\`\`sh block"
        exit 1
    fi
    cat "$work/blocks" >>"$work/all_blocks"
done
awk '!seen[$0]++' "$work/all_blocks" >"$work/examples.sh"
cd "$work"
sh -eux examples.sh </dev/null
