#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The page that `timbrel play` serves, in a real browser and against hostile visitors.
#
#   tests/page.sh browser|hostile|picture PAGE_HOST FOLDER     FOLDER keeps what npm installs, and the pictures;
#                                                              picture makes docs/pictures/page.png
set -eu
part=$1 program=$2 folder=$3
here=$(cd "$(dirname "$0")/page" && pwd)

skip() {
    echo "SKIPPED: $1"
    exit 77
}

command -v node >/dev/null || skip 'node is not installed; scripts/setup.sh build test installs it'
mkdir -p "$folder"
work=$(mktemp -d "$folder/run-XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ "$part" = hostile ]; then
    node "$here/hostile.mjs" "$program" "$work"
    exit
fi

chromium=$(command -v chromium || true)
[ -n "$chromium" ] || skip 'chromium is not installed; scripts/setup.sh build test installs it'
command -v npm >/dev/null || skip 'npm is not installed; scripts/setup.sh build test installs it'
cp "$here"/* "$folder" # modules are looked for beside the script
if ! cmp -s "$here/package-lock.json" "$folder/node_modules/installed.json"; then
    (cd "$folder" && npm ci --no-audit --no-fund >npm.log 2>&1) || skip "npm cannot install playwright-core: $(tail -n 1 "$folder/npm.log")"
    cp "$here/package-lock.json" "$folder/node_modules/installed.json"
fi
if [ "$part" = picture ]; then
    node "$folder/picture.mjs" "$program" "$work" "$chromium" "$here/../../docs/pictures/page.png"
    exit
fi
status=0
node "$folder/page.mjs" "$program" "$work" "$chromium" || status=$?
cp "$work"/*.png "$folder" 2>/dev/null || true
exit $status
