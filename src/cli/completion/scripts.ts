// The scripts that make a shell ask `taskproc complete` at each Tab. They know no command and no option.

// The words up to the cursor. bash cuts a word at the characters of COMP_WORDBREAKS, of which "=" is one.
// `npx taskproc` takes a second to start, so what npx would run is run itself where it lies in the working directory; and
// npx must not ask whether it may install something.
const BASH = `# taskproc completion for bash
_taskproc() {
  _taskproc_ask "\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}"
}
_taskproc_npx() {
  local at=1 program=(npx --no taskproc)
  COMPREPLY=()
  while [[ at -lt COMP_CWORD && \${COMP_WORDS[at]} == -* ]]; do (( at++ )); done
  [[ at -lt COMP_CWORD && \${COMP_WORDS[at]} == taskproc ]] || return 0
  [[ -x node_modules/.bin/taskproc ]] && program=(node_modules/.bin/taskproc)
  _taskproc_ask "\${program[@]}" complete -- "\${COMP_WORDS[@]:at+1:COMP_CWORD-at}"
}
_taskproc_ask() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("$@" 2>/dev/null)
}
complete -F _taskproc taskproc
complete -p npx &>/dev/null || complete -o bashdefault -o default -F _taskproc_npx npx
`

const ZSH = `#compdef taskproc
# taskproc completion for zsh
_taskproc() {
  _taskproc_ask "\${words[1]}" complete -- "\${(@)words[2,CURRENT]}"
}
_taskproc_npx() {
  local at=2
  local -a program=(npx --no taskproc)
  while (( at < CURRENT )) && [[ \${words[at]} == -* ]]; do (( at++ )); done
  if (( at >= CURRENT )) || [[ \${words[at]} != taskproc ]]; then _default; return; fi
  [[ -x node_modules/.bin/taskproc ]] && program=(node_modules/.bin/taskproc)
  _taskproc_ask "\${program[@]}" complete -- "\${(@)words[at+1,CURRENT]}"
}
_taskproc_ask() {
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
  done < <("$@" 2>/dev/null)
  (( files )) && _files
  (( \${#found} )) && _describe -V taskproc found
}
if [[ \${funcstack[1]-} == _taskproc ]]; then
  _taskproc "$@"
else
  compdef _taskproc taskproc
  (( \${+_comps[npx]} )) || compdef _taskproc_npx npx
fi
`

// fish filters what it is given by itself, and takes "value<tab>description" as it is.
const FISH = `# taskproc completion for fish
function __taskproc_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l program $words[1]
  if test "$program" = npx
    set program npx --no taskproc
    test -x node_modules/.bin/taskproc; and set program node_modules/.bin/taskproc
    set words $words[2..-1]
  end
  for line in ($program complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c taskproc -f -a "(__taskproc_complete)"
function __taskproc_behind_npx
  test (count (commandline -opc)) -gt 1; and test (commandline -opc)[2] = taskproc
end
complete -c npx -n __taskproc_behind_npx -f -a "(__taskproc_complete)"
`

export const SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = { bash: BASH, zsh: ZSH, fish: FISH }
