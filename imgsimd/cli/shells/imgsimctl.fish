# Completion of imgsimctl(1) for fish. `imgsimctl completion fish` prints this file.

function __imgsimctl_paths --argument-names option token pattern
    # As fish completes a file for a command that it does not know.
    for path in (complete -C "__imgsimctl_unknown $token" | string match -ri -- $pattern)
        echo $option$path
    end
end

function __imgsimctl_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l plain (string unescape -- $token; or string trim -l -c "'\"" -- $token)
    set -l lines ($words[1] completion fish -- $words[2..-1] "$plain" 2>/dev/null)
    set -l option (string match -r -- '^--[^=]*=' $token)
    set -l rest (string replace -r -- '^--[^=]*=' '' $token)
    set -l kind (string split \t -- $lines[1])
    switch "$kind[1]"
        case files
            __imgsimctl_paths "$option" "$rest" '.*'
        case folders
            __imgsimctl_paths "$option" "$rest" '^.*/$'
        case pictures
            __imgsimctl_paths "$option" "$rest" "^.*(/|\.($kind[2]))\$"
        case words paths
            string join \n -- $lines[2..-1]
    end
end

complete -c imgsimctl -f -k -a '(__imgsimctl_complete)'
