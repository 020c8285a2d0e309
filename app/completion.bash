# SPDX-License-Identifier: GPL-3.0-or-later
# Bash completion of timbrel: commands, their options, what follows an option, bundled sounds, presets; and file names.
_timbrel() {
    local word=${COMP_WORDS[COMP_CWORD]} quote='' line
    local -a words=()
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t words < <(timbrel --complete; printf '%s\n' help --help --version)
    elif [ "${COMP_WORDS[1]}" = help ]; then
        mapfile -t words < <(timbrel --complete)
    elif [[ $word == -* ]]; then
        mapfile -t words < <(timbrel --complete "${COMP_WORDS[1]}"; echo --help)
    else # --option=WORD is three words to bash
        local before=${COMP_WORDS[COMP_CWORD - 1]}
        if [ "$word" = = ]; then
            word=''
        elif [ "$before" = = ]; then
            before=${COMP_WORDS[COMP_CWORD - 2]}
        fi
        mapfile -t words < <(timbrel --complete "${COMP_WORDS[1]}" "$before")
    fi
    if [[ $word == [\"\']* ]]; then
        quote=${word:0:1}
        word=${word:1}
    else
        word=${word//\\/}
    fi
    for line in "${words[@]}"; do
        [[ $line == "$word"* ]] || continue
        [ -n "$quote" ] || line=$(printf %q "$line")
        COMPREPLY+=("$line")
    done
}
complete -o default -F _timbrel timbrel
