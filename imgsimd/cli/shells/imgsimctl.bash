# Completion of imgsimctl(1) for bash. `imgsimctl completion bash` prints this file.

_imgsimctl() {
    local kind value about
    COMPREPLY=()
    {
        IFS= read -r kind
        while IFS=$'\t' read -r value about; do
            COMPREPLY+=("$value")
        done
    } < <("${1/#\~\//$HOME/}" completion bash -- "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
    case $kind in
        files) compopt -o default ;;
        folders) compopt -o dirnames ;;
        paths) compopt -o filenames ;; # which quotes them
    esac
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=:] ]]; then
        compopt -o nospace
    fi
}

complete -F _imgsimctl imgsimctl
