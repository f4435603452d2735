/** What a shell is given to complete with, and how a person makes it permanent. */
export interface ShellScript {
  readonly script: string;
  readonly install: string;
}

// What was typed goes through a pipe, never as an argument: a token may be in it.
const bash = `# Completion of runner-setup for bash.
_runner_setup() {
  local lines=()
  mapfile -t lines < <(printf '%s' "\${COMP_LINE:0:COMP_POINT}" |
    command runner-setup __complete bash "$COMP_WORDBREAKS" "$COMP_TYPE" "\${COLUMNS:-80}" 2>/dev/null)
  COMPREPLY=("\${lines[@]:1}")
  case "\${lines[0]-}" in
    open) compopt -o nospace ;;
    files) compopt -o default ;;
  esac
}
complete -o nosort -F _runner_setup runner-setup
`;

const zsh = `#compdef runner-setup
# Completion of runner-setup for zsh.
_runner_setup() {
  local line found=1
  local -a lines closed open
  lines=("\${(@f)$(print -rN -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" |
    command runner-setup __complete zsh 2>/dev/null)}")
  if [[ $lines[1] == files ]]; then
    compset -P '-*='
    _files
    return
  fi
  for line in "\${(@)lines[2,-1]}"; do
    if [[ $line == +* ]]; then open+=("\${line#+}"); else closed+=("\${line#.}"); fi
  done
  (( $#closed )) && _describe -V -t words runner-setup closed && found=0
  (( $#open )) && _describe -V -t paths runner-setup open -S '' && found=0
  return found
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
if [[ $funcstack[1] == _runner-setup ]]; then
  _runner_setup "$@"
else
  compdef _runner_setup runner-setup
fi
`;

const fish = `# Completion of runner-setup for fish.
function __runner_setup_complete
    set -l given (commandline -opc)
    set -l token (commandline -ct)
    set -l lines (string join0 -- $given[2..] "$token" | command runner-setup __complete fish 2>/dev/null)
    if test "$lines[1]" = files
        set -l flag (string match -r -- '^-[^=]*=' "$token")
        for path in (__fish_complete_path (string replace -- "$flag" '' "$token"))
            printf '%s\\n' "$flag$path"
        end
    else
        printf '%s\\n' $lines[2..]
    end
end
complete -c runner-setup -f -k -a '(__runner_setup_complete)'
`;

/** The script of each shell that can complete. */
export const shellScripts: Readonly<Record<string, ShellScript>> = {
  bash: {
    script: bash,
    install: "echo 'source <(runner-setup completion bash)' >> ~/.bashrc",
  },
  zsh: {
    script: zsh,
    install: "echo 'source <(runner-setup completion zsh)' >> ~/.zshrc",
  },
  fish: {
    script: fish,
    install: 'runner-setup completion fish > ~/.config/fish/completions/runner-setup.fish',
  },
};
