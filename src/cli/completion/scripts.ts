// The scripts that make a shell ask `taskproc complete` at each Tab. They know no command and no option.

// The words up to the cursor. bash cuts a word at the characters of COMP_WORDBREAKS, of which "=" is one.
const BASH = `# taskproc completion for bash
_taskproc() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _taskproc taskproc
`

const ZSH = `#compdef taskproc
# taskproc completion for zsh
_taskproc() {
  local line value about files=0
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      files=1
    else
      value=\${\${line%%$'\\t'*}//:/\\\\:}
      about=\${line#*$'\\t'}
      found+=("$value\${about:+:$about}")
    fi
  done < <("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( files )) && _files
  (( \${#found} )) && _describe -V taskproc found
}
if [[ \${funcstack[1]-} == _taskproc ]]; then _taskproc "$@"; else compdef _taskproc taskproc; fi
`

// fish filters what it is given by itself, and takes "value<tab>description" as it is.
const FISH = `# taskproc completion for fish
function __taskproc_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c taskproc -f -a "(__taskproc_complete)"
`

export const SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = { bash: BASH, zsh: ZSH, fish: FISH }
