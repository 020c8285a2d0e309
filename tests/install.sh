#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs a build into an empty folder and builds another program against it, shared and static.
#
#   tests/install.sh BUILD_FOLDER
set -eu
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/usr" >/dev/null
sed -i "s|^prefix=.*|prefix=$work/usr|; s|^libdir=.*/lib|libdir=$work/usr/lib|; s|^includedir=.*|includedir=$work/usr/include|" \
    "$(find "$work" -name timbrel.pc)"
PKG_CONFIG_PATH=$(dirname "$(find "$work" -name timbrel.pc)")
export PKG_CONFIG_PATH

cat >"$work/user.c" <<'C'
#include <timbrel/audio.h>
#include <stdio.h>
int main(void)
{
    TbAudio audio = {0};
    tb_audio_free(&audio);
    puts(tb_status_text(TB_ERR_NOT_FOUND));
    return tb_audio_read("/nowhere.wav", &audio, NULL) == TB_OK;
}
C
# shellcheck disable=SC2046 # lists of words
gcc "$work/user.c" -o "$work/shared" $(pkg-config --cflags --libs timbrel)
lib=$(pkg-config --variable=libdir timbrel)
LD_LIBRARY_PATH=$lib "$work/shared"
# shellcheck disable=SC2046
gcc "$work/user.c" -o "$work/static" $(pkg-config --cflags timbrel) "$lib/libtimbrel.a" \
    $(pkg-config --libs $(pkg-config --print-requires-private timbrel)) -pthread -lm
"$work/static"
"$work/usr/bin/timbrel" --version
if nm -D --defined-only "$lib/libtimbrel.so" | awk '{print $3}' | grep -v '^tb_'; then
    echo "the shared library shows names (above) that do not begin with tb_" >&2
    exit 1
fi
for file in share/man/man1/timbrel.1 share/bash-completion/completions/timbrel include/timbrel/base.h; do
    if [ ! -s "$work/usr/$file" ]; then
        echo "$file was not installed" >&2
        exit 1
    fi
done
