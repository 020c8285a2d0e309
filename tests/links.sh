#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Follows the relative links of all Markdown files in a folder: the file must be there, and in a Markdown file the heading.
#
#   tests/links.sh FOLDER
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# FILE:LINK for each, outside of blocks of code
find . -name '*.md' ! -path './build/*' ! -path '*/node_modules/*' | sort >"$work/files"
while read -r file; do
    awk -v file="$file" '/^```/ { code = !code } code { next }
        { while (match($0, /\]\([^)]*\)/)) {
            print file ":" substr($0, RSTART + 2, RLENGTH - 3)
            $0 = substr($0, RSTART + RLENGTH) } }' "$file"
done <"$work/files" | grep -v ':[a-z]*://' >"$work/links"

# headings FILE: as links name them
headings() {
    # shellcheck disable=SC2016 # the fence of a block of code
    sed -n '/^```/,/^```/d; s/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

dead=0
while IFS=: read -r file link; do
    target=${link%%#*}
    if [ -n "$target" ]; then target=$(dirname "$file")/$target; else target=$file; fi
    case $link in
    *'#'*) headings "$target" 2>/dev/null | grep -qxF -e "${link#*#}" && continue ;;
    *) [ -e "$target" ] && continue ;;
    esac
    echo "$file: dead link: $link"
    dead=1
done <"$work/links"
echo "$(wc -l <"$work/links") links in $(wc -l <"$work/files") files"
[ -s "$work/links" ] || { echo 'no link was found' && exit 1; }
exit $dead
