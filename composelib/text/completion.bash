# bash completion of deb-compose (and of doit in a checkout of it): the program itself says what a word can become.
_deb_compose() {
    local line="${COMP_LINE:0:COMP_POINT}" part="${COMP_WORDS[COMP_CWORD]}" current start
    current="${line##* }"
    case "$part" in : | =) part="" ;; esac
    start="${current%"$part"}" # bash begins a new word after : and =
    mapfile -t COMPREPLY < <(COMP_LINE="$line" "${COMP_WORDS[0]}" tabcompletion words 2>/dev/null)
    COMPREPLY=("${COMPREPLY[@]#"$start"}")
    case "${COMPREPLY[0]-}" in *[:=]) compopt -o nospace ;; esac
}
complete -o default -F _deb_compose deb-compose
