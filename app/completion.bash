# SPDX-License-Identifier: GPL-3.0-or-later
# Bash completion of timbrel: commands, their options, file names.
_timbrel() {
    local word=${COMP_WORDS[COMP_CWORD]} words
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        words="$(timbrel --complete) help --help --version"
    elif [ "${COMP_WORDS[1]}" = help ]; then
        words=$(timbrel --complete)
    elif [[ $word == -* ]]; then
        words="$(timbrel --complete "${COMP_WORDS[1]}") --help"
    else
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _timbrel timbrel
