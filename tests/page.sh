#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests the page of `timbrel play` in a real browser and against hostile clients.
#
#   tests/page.sh browser|hostile PAGE_HOST FOLDER [slow]     FOLDER keeps npm's packages and the screenshots
#   tests/page.sh picture PAGE_HOST FOLDER                    makes docs/pictures/page.png
#
# slow: this build need not keep up with real time and may use more memory.
set -eu
part=$1 program=$2 folder=$3 pace=${4:-}
here=$(cd "$(dirname "$0")/page" && pwd)

skip() {
    echo "SKIPPED: $1"
    exit 77
}

# npm_error LOG: npm's first sentence about what went wrong; codes come before it, and after it where npm has its own log.
npm_error() {
    said=$(sed -n 's/^npm \(ERR!\|error\) *//p' "$1" | grep -v -m 1 -E '^(code|syscall|errno|path|at) ')
    echo "${said:-$(head -n 1 "$1")}"
}

command -v node >/dev/null || skip 'node is not installed; scripts/setup.sh build test installs it'
mkdir -p "$folder"
work=$(mktemp -d "$folder/run-XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ "$part" = hostile ]; then
    [ "$pace" = slow ] && messages=10000 || messages=100000 # each of their kinds comes hundreds of times all the same
    node "$here/hostile.mjs" "$program" "$work" "$messages" 100 "$pace"
    exit
fi

chromium=$(command -v chromium || true)
[ -n "$chromium" ] || skip 'chromium is not installed; scripts/setup.sh build test installs it'
command -v npm >/dev/null || skip 'npm is not installed; scripts/setup.sh build test installs it'
cp "$here"/* "$folder" # node looks for modules beside the script
if ! cmp -s "$here/package-lock.json" "$folder/node_modules/installed.json"; then
    (cd "$folder" && npm ci --no-audit --no-fund >npm.log 2>&1) || skip "npm cannot install playwright-core: $(npm_error "$folder/npm.log")"
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
