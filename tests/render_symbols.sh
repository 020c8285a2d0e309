#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What tb_engine_render and tb_jam_block can call, by the relocations of its code: function by function, each instruction that names
# another function counts, as a call or as an address (of a callback). Tables of functions are followed where code names
# them. The linker's own count of sections would be far more: a table of constants that many functions share leads it
# to all of them. None of what is reached may allocate, lock, read or write, multiply by a library or start threads.
# Usage: render_symbols.sh OBJDUMP LIBRARY
set -eu
objdump=$1 library=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Edges "FROM TO" between symbols: names that are local to an object get its name in front.
"$objdump" -t "$library" | awk '
    /file format/ { file = ++n ":" $1 } # two rooms may have a file of one name
    { sub(/ \.hidden /, " ") }
    $1 ~ /^[0-9a-f]+$/ && / l / { print "L", file, $NF }
    $1 ~ /^[0-9a-f]+$/ && $0 !~ /\*UND\*/ { print "S", file, $(NF - 2), $NF }' >"$folder/symbols"
"$objdump" -r "$library" | awk '
    /file format/ { file = ++n ":" $1 } # two rooms may have a file of one name
    /^RELOCATION RECORDS FOR/ { section = $4; sub(/^\[/, "", section); sub(/\]:$/, "", section) }
    $1 ~ /^[0-9a-f]+$/ && NF == 3 { print file, section, $3 }' >"$folder/relocations"
awk -v folder="$folder" '
    # A symbol stands for its section: -ffunction-sections and -fdata-sections give each its own.
    FILENAME ~ /symbols$/ && $1 == "L" { is_local[$2, $3] = 1; next }
    FILENAME ~ /symbols$/ { if (!($2 SUBSEP $4 in home)) home[$2, $4] = $2 " " $3; if (!($2 SUBSEP $4 in is_local)) global[$4] = $2 " " $3; next }
    $2 ~ /^\.(text|data|rodata)/ {
        to = $3
        sub(/[-+]0x[0-9a-f]+$/, "", to)
        if ($1 SUBSEP to in home) to = home[$1, to]
        else if (to ~ /^\./) to = $1 " " to
        else if (to in global) to = global[to]
        else to = "? " to
        print $1 " " $2 "\t" to
    }
    END { for (name in global) print name "\t" global[name] >(folder "/globals") }' "$folder/symbols" "$folder/relocations" |
    sort -u >"$folder/edges"

# What function $1 reaches in other libraries, one name a line.
foreign() {
    awk -F '\t' -v name="$1" '
        FILENAME ~ /globals$/ { if ($1 == name) start = $2; next }
        { out[$1] = out[$1] "\t" $2 }
        END {
            if (start == "") exit 1
            todo[n++] = start
            seen[start] = 1
            for (i = 0; i < n; i++) {
                if (todo[i] ~ /^\? /) { print substr(todo[i], 3); continue }
                # Whether a processor has a table of kernels is asked when a model is loaded, not when it is used.
                if (todo[i] ~ / \.text\.available$/) continue
                m = split(out[todo[i]], next_ones, "\t")
                for (j = 1; j <= m; j++)
                    if (next_ones[j] != "" && !(next_ones[j] in seen)) { seen[next_ones[j]] = 1; todo[n++] = next_ones[j] }
            }
        }' "$folder/globals" "$folder/edges" | sort -u
}

# The way of looking sees allocations and locks where they are.
seen=$(foreign tb_engine_new)
for call in calloc free pthread_mutex_lock vsnprintf; do
    if ! echo "$seen" | grep -qx "$call"; then
        echo "tb_engine_new seems not to reach $call: this test sees nothing" >&2
        exit 1
    fi
done
# Mathematics, memory that is there already, transforms that are planned already, what the processor can.
allowed='(sin|cos|sincos|tan|exp|exp2|expm1|log|log2|log10|log1p|pow|sqrt|cbrt|hypot|fmod|fmin|fmax|floor|ceil|rint|round|lrint|lround|ldexp|tanh|atan2)f?'
allowed="$allowed|memcpy|memmove|memset|memcmp|bcmp|fftwf_execute_dft_[rc]2[rc]|__cpu_(model|features2|indicator_init)"

# check FUNCTION FOUND: it reaches nothing that is not allowed.
check() {
    wrong=$(echo "$2" | grep -vxE "$allowed" || true)
    if [ -n "$wrong" ]; then
        echo "$1 reaches what is not allowed on the audio thread: $wrong" >&2
        exit 1
    fi
}

found=$(foreign tb_engine_render)
echo "tb_engine_render reaches: $(echo "$found" | tr '\n' ' ')"
if ! echo "$found" | grep -qx fftwf_execute_dft_c2r; then # far below, behind voices and their noise
    echo "tb_engine_render seems to reach too little: this test sees nothing" >&2
    exit 1
fi
check tb_engine_render "$found"
check tb_jam_block "$(foreign tb_jam_block)"
