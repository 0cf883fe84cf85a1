#compdef deb-compose
# zsh completion of deb-compose: the program itself says what a word can become.
_deb-compose() {
    local -a matches
    matches=("${(@f)$(COMP_LINE="${(j: :)${(@)words[1,CURRENT]}}" "${words[1]}" tabcompletion words 2>/dev/null)}")
    matches=("${(@)matches:#}")
    compadd -S '' -- "${(@M)matches:#*[:=]}"
    compadd -- "${(@)matches:#*[:=]}"
}
if [[ "${funcstack[1]-}" == _deb-compose ]]; then _deb-compose "$@"; else compdef _deb-compose deb-compose; fi
