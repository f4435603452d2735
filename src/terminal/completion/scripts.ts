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

// Windows PowerShell writes ASCII into pipes, and reads what comes back as the console has it. Files are offered where
// nothing else is said, so an empty text is the answer that there is nothing.
const powershell = `# Completion of runner-setup for PowerShell.
Register-ArgumentCompleter -Native -CommandName 'runner-setup', 'runner-setup.cmd', 'runner-setup.ps1' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $current = $wordToComplete.Trim([char[]]"'\`"")
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($null -ne $_.Value) { [string]$_.Value } else { $_.Extent.Text } })
    $OutputEncoding = [System.Text.UTF8Encoding]::new($false)
    $encoding = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = $OutputEncoding
        $lines = @([string]::Join([string][char]0, @($words + $current + '')) | runner-setup __complete powershell 2>$null)
    } finally {
        [Console]::OutputEncoding = $encoding
    }
    if ($lines[0] -eq 'files') {
        $flag = if ($current -match '^-[^=]*=') { $Matches[0] } else { '' }
        [System.Management.Automation.CompletionCompleters]::CompleteFilename($current.Substring($flag.Length)) |
            ForEach-Object {
                [System.Management.Automation.CompletionResult]::new(
                    $flag + $_.CompletionText, $_.ListItemText, $_.ResultType, $_.ToolTip)
            }
        return
    }
    if ($lines.Count -lt 2) { return '' }
    $lines | Select-Object -Skip 1 | ForEach-Object {
        $word, $shown, $text = $_ -split "\`t", 3
        [System.Management.Automation.CompletionResult]::new($word, $shown, 'ParameterValue', $text)
    }
}
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
  powershell: {
    script: powershell,
    install: "Add-Content $PROFILE 'runner-setup completion powershell | Out-String | iex'",
  },
};
