#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion in bash: what it offers for a line whose last word is half typed.
#
#   tests/completion.sh TIMBREL
set -u
timbrel=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/expect.sh
. "$here/expect.sh"
command -v bash >/dev/null || exit 77

mkdir bin
ln -s "$timbrel" bin/timbrel
# offers WANTED WORD...
offers() {
    wanted=$1
    shift
    # shellcheck disable=SC2016 # bash expands it
    got=$(PATH=$work/bin:$PATH bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _timbrel; echo "${COMPREPLY[*]}"' \
        "$here/../app/completion.bash" "$@")
    [ "$got" = "$wanted" ] || failed "completion of \"$*\" is \"$got\", not \"$wanted\""
}
offers 'play plot' timbrel pl
offers 'play plot' timbrel help pl
offers '--gain' timbrel play --g
offers 'flute' timbrel play fl
offers 'voice' timbrel play flute vo
offers 'trumpet' timbrel morph flute tr
offers 'kick' timbrel render song.mid --drums = ki
offers 'violin voice' timbrel sample --near v
offers 'trumpet' timbrel render song.mid --sound 3 = tr
offers 'trumpet' timbrel render song.mid --sound = 3 = tr
offers 'bell clarinet cymbal flute guitar kick marimba piano snare trumpet violin voice wind preset:' \
    timbrel render song.mid -s 3 =
offers 'flute,bell,violin flute,bell,voice' timbrel play flute,bell,v
offers 'flute,violin flute,voice' timbrel render song.mid --sound 3 = flute,v
offers 'bell,trumpet' timbrel render song.mid --morph bell,tr
offers 'piano preset:' timbrel play p
offers 'Sunday\ Bell' timbrel play preset : Su
offers 'Sunday\ Bell' timbrel play preset : 'Sunday\ '
offers 'Sunday\ Bell' timbrel render song.mid --sound = 3 = preset : Su
offers 'preset:Sunday Bell' timbrel instrument '"preset:Su'
offers '' timbrel play preset : flute,v
offers '' timbrel morph a b --weights 1,
offers '' timbrel info preset : Su
offers 'default' timbrel encode flute -m d
offers 'default' timbrel train x --from d
offers 'default' timbrel info d
offers 'movement=' timbrel sample --knob m
offers 'movement=' timbrel sample -k m
offers '' timbrel sample --knob movement =
offers '' timbrel sample --knob movement = 1
offers 'folk' timbrel compose --style fol
offers 'melody=' timbrel compose --sound me
offers 'violin voice' timbrel compose --sound melody = v
offers 'flute,violin flute,voice' timbrel compose --sound = melody = flute,v
offers 'Sunday\ Bell' timbrel compose -s melody = preset : Su
offers 'drums,melody' timbrel compose --parts drums,m
offers '' timbrel compose --lock drums,o
offers 'other=' timbrel compose --sound o
offers 'none' timbrel play --device n
offers 'none' timbrel play -d no
offers '' timbrel play --midi 'no such inp'
offers '16 24 32f' timbrel decode x -b ''
offers 'Sunday\ Bell' timbrel play --preset Su
offers 'Sunday Bell' timbrel play -p '"Sunday B'
offers '' timbrel morph flute trumpet -o f
offers '' timbrel frobnicate fl

conclude
