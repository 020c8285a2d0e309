# SPDX-License-Identifier: GPL-3.0-or-later
# Bash completion of timbrel: commands, their options and the values of these that are known, sounds, presets, files.
_timbrel() {
    local word=${COMP_WORDS[COMP_CWORD]} quote='' line head=''
    local -i first=COMP_CWORD # of the words that make up the argument: bash also ends words at = and :
    local -a words=()
    COMPREPLY=()
    if [[ $word == [=:] ]]; then
        head=$word
        word=''
        first+=-1
        head=${COMP_WORDS[first]}$head
    fi
    while [ "$first" -gt 2 ] && [[ ${COMP_WORDS[first - 1]} == [=:] ]]; do
        first+=-2
        head=${COMP_WORDS[first]}${COMP_WORDS[first + 1]}$head
    done
    if [[ $word == [\"\']* ]]; then
        quote=${word:0:1}
        word=${word:1}
    else
        word=${word//\\/}
    fi
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t words < <(timbrel --complete; printf '%s\n' help --help --version)
    elif [ "${COMP_WORDS[1]}" = help ]; then
        mapfile -t words < <(timbrel --complete)
    elif [[ $head$word == -* && $head != *=* ]]; then
        mapfile -t words < <(timbrel --complete "${COMP_WORDS[1]}"; echo --help)
    else
        local before=${COMP_WORDS[first - 1]}
        if [[ $head == -* ]]; then # --option=
            before=${head%%=*}
            head=${head#*=}
        fi
        mapfile -t words < <(timbrel --complete "${COMP_WORDS[1]}" "$before" "$head$word")
    fi
    for line in "${words[@]}"; do
        [[ $line == "$head$word"* ]] || continue
        line=${line#"$head"}
        if [[ $line == *[:=] ]]; then # more follows
            compopt -o nospace 2>/dev/null
        elif [ -z "$quote" ]; then
            line=$(printf %q "$line")
            line=${line//\\,/,} # needs no backslash outside of braces
        fi
        COMPREPLY+=("$line")
    done
}
complete -o default -F _timbrel timbrel
