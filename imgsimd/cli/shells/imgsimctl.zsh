#compdef imgsimctl
# Completion of imgsimctl(1) for zsh. `imgsimctl completion zsh` prints this file.

_imgsimctl() {
    local program=${(Q)words[1]} kind line value
    local -a lines values described flags
    program=${~program}
    lines=("${(@f)$($program completion zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    kind=${lines[1]}
    if [[ $kind != words ]]; then
        compset -P '--[^=]#='
    fi
    for line in "${(@)lines[2,-1]}"; do
        value=${line%%$'\t'*}
        values+=("$value")
        described+=("${value//:/\\:}:${line#*$'\t'}")
    done
    case $kind in
        files) _files ;;
        folders) _files -/ ;;
        pictures$'\t'*) _files -g "*.(#i)(${kind#*$'\t'})(-.)" ;;
        paths)
            if compset -P '\~/'; then
                values=("${(@)values#\~/}")
            fi
            compadd -f -q -S / -a values
            ;;
        words)
            [[ ${values[1]} == -* ]] && flags=(-o)
            _describe $flags -V imgsimctl described
            ;;
    esac
}

if [[ $funcstack[1] == _imgsimctl ]]; then
    _imgsimctl "$@"
else
    compdef _imgsimctl imgsimctl
fi
