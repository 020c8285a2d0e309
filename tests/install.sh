#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs a build into an empty folder, moves it, builds the examples and other programs against it, shared and static,
# runs them, and uninstalls it.
#
#   tests/install.sh BUILD_FOLDER CC
set -eu
build=$(cd "$1" && pwd) cc=$2
source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$1" >&2
    exit 1
}

cmake --install "$build" --prefix "$work/first" >"$work/log"
grep -q 'LD_LIBRARY_PATH=' "$work/log" || fail "nobody was told that the system does not look into $work/first"
mv "$work/first" "$work/usr" # nothing in it knows where it was installed
lib=$(dirname "$(find "$work/usr" -name libtimbrel.so)")
PKG_CONFIG_PATH=$lib/pkgconfig
LD_LIBRARY_PATH=$lib
export PKG_CONFIG_PATH LD_LIBRARY_PATH

# The examples, as a user builds them: run one after the other on the shared library, then the static one.
cp -r "$work"/usr/share/doc/timbrel/examples "$work/examples"
cd "$work/examples"
cp "$source/presets/songs/round.mid" song.mid
cp "$source/presets/sounds/flute.flac" .
for kind in shared static; do
    if [ $kind = static ]; then set -- STATIC=1; else set --; fi
    make -s CC="$cc" "$@"
    if ldd encode | grep -q libtimbrel; then linked=shared; else linked=static; fi
    [ $linked = $kind ] || fail "the examples were to be $kind, but are $linked"
    ./encode flute.flac $kind.timbrel $kind-low.wav
    ./render_midi song.mid 7 $kind-song.wav
    ./engine_blocks >$kind-blocks.txt
    cat $kind-blocks.txt
    grep -q ' 3 voices' $kind-blocks.txt || fail "engine_blocks plays no chord"
    make -s clean
done
for file in .timbrel -low.wav -song.wav -blocks.txt; do
    [ -s "shared$file" ] || fail "the examples have not made shared$file"
    cmp "shared$file" "static$file" || fail "what the examples made (*$file) differs"
done
! ./encode nowhere.wav x.timbrel x.wav 2>/dev/null || fail "encode succeeds with no sound"

# Each library by its own .pc file, in C and C++, with its own headers alone.
for library in timbrel timbrel-live timbrel-plot; do
    [ -e "$lib/pkgconfig/$library.pc" ] || continue # a build without pictures
    case $library in
    timbrel) call='tb_version()' header=base ;;
    timbrel-live) call='(tb_live_free(0), tb_osc_free(0), tb_web_free(0), tb_version())' header=web ;;
    timbrel-plot) call='tb_status_text(tb_plot_sheet("/x.png", 0, 0, 0))' header=plot ;;
    esac
    printf '#include <timbrel/%s.h>\n#include <stdio.h>\nint main(void) { return puts(%s) < 0; }\n' "$header" "$call" >user.c
    [ "$(pkg-config --modversion $library)" = "$("$work/usr/bin/timbrel" --version | sed 's/timbrel //')" ] ||
        fail "$library.pc has another version than the command"
    pkg-config --static --libs $library | sed 's/-l\(timbrel[a-z-]*\)/-l:lib\1.a/g' >static.txt
    # shellcheck disable=SC2046 # lists of words
    {
        $cc user.c -o user $(pkg-config --cflags --libs $library)
        ./user
        $cc user.c -o user $(pkg-config --cflags $library) $(cat static.txt)
        ./user
        if command -v g++ >/dev/null; then
            g++ -x c++ user.c -x none -o user $(pkg-config --cflags --libs $library)
            ./user
        fi
    }
done
for unwanted in cairo libjack; do
    ! ldd "$lib/libtimbrel.so" | grep $unwanted || fail "libtimbrel needs $unwanted"
done
! ldd "$lib/libtimbrel-live.so" | grep cairo || fail "libtimbrel-live needs cairo"

"$work/usr/bin/timbrel" --version
for file in share/man/man1/timbrel.1 share/bash-completion/completions/timbrel share/doc/timbrel/docs/library.md; do
    [ -s "$work/usr/$file" ] || fail "$file was not installed"
done
sh "$source/tests/links.sh" "$work/usr/share/doc/timbrel" || fail "links of the installed documents lead nowhere"
for header in "$source"/include/timbrel/*.h; do
    cmp "$header" "$work/usr/include/timbrel/$(basename "$header")"
done

# Uninstalling takes everything away that installing has put there, and nothing else; the linker's list is made anew by
# root if the linker looks into the folder (here neither is so, in truth).
mkdir "$work/stub"
cat >"$work/stub/ldconfig" <<END
#!/bin/sh
if [ \$# = 0 ]; then echo made anew >>"$work/anew"; else echo "/lib:"; sed 's/$/:/' "$work/searched"; fi
END
printf '#!/bin/sh\necho 0\n' >"$work/stub/id"
chmod +x "$work/stub/ldconfig" "$work/stub/id"
cp "$build/install_manifest.txt" "$work/manifest"
mv "$work/usr" "$work/first"
touch "$work/first/include/other.h"
(cd "$work/first" && dirname "$PWD/$(find . -name libtimbrel.so | cut -c 3-)") >"$work/searched"
cp -r "$work/first" "$work/second"
cp "$work/searched" "$work/other"
for searched in none searched; do # the second time, as if the linker looked there
    rm -rf "$work/first" "$work/anew"
    cp -r "$work/second" "$work/first"
    if [ $searched = none ]; then echo /nowhere >"$work/searched"; else cp "$work/other" "$work/searched"; fi
    PATH=$work/stub:$PATH cmake -D MANIFEST="$work/manifest" -P "$source/cmake/uninstall.cmake" >"$work/said" 2>&1
    ! grep 'LD_LIBRARY_PATH\|find the libraries' "$work/said" || fail "uninstalling says how to install"
    [ $searched = none ] || [ -e "$work/anew" ] || fail "uninstalling does not run ldconfig"
    [ $searched = searched ] || [ ! -e "$work/anew" ] || fail "uninstalling runs ldconfig for a folder that the linker does not look into"
done
[ "$(find "$work/first" ! -type d)" = "$work/first/include/other.h" ] || fail "uninstalling leaves files: $(find "$work/first" ! -type d)"
[ ! -e "$work/first/include/timbrel" ] || fail "uninstalling leaves include/timbrel"
