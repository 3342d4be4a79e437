// Completion as a real shell does it: the words of a line go in, what it would offer comes out.
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { TestContext } from 'vitest'
import { BINARY, cleanEnv } from '../../support/cli.ts'
import { tempDir } from '../../support/end.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

/** Skips the running test, with the reason, where this shell is not installed. */
export function requireShell({ skip }: Pick<TestContext, 'skip'>, shell: Shell): void {
  try {
    execFileSync(shell, ['-c', ':'], { stdio: 'ignore' })
  } catch {
    skip(`${shell} is not installed`)
  }
}

// Words as readline cuts them: COMP_WORDBREAKS has "=" in it.
const BASH = `
source <(taskproc completion bash)
COMP_LINE="$LINE"; COMP_POINT=\${#LINE}
read -ra COMP_WORDS <<< "\${LINE//=/ = }"
[[ $LINE == *' ' || $LINE == *= ]] && COMP_WORDS+=('')
[[ $LINE == *= ]] && unset 'COMP_WORDS[-1]'
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
NAME=\${LINE%% *}
compopt() { echo ":compopt $*"; }
$(complete -p $NAME | sed -E 's/.*-F ([^ ]+).*/\\1/')
printf '%s\\n' "\${COMPREPLY[@]}"`

const FISH = `
source (taskproc completion fish | psub)
complete -C "$LINE"`

// zsh completes in its line editor only: a second one in a terminal of its own is sent a Tab.
const ZSH = `
zmodload zsh/zpty
zpty inner env -i PATH="$PATH" TERM=dumb HOME="$PWD" zsh -f -i
tell() { zpty -w inner "$1"; }
tell 'PS1="" PROMPT_EOL_MARK=""; unsetopt zle_bracketed_paste 2>/dev/null'
tell 'autoload -Uz compinit && compinit -u -d ./dump && source <(taskproc completion zsh)'
tell 'compadd() { builtin compadd "$@"; }; LISTMAX=10000; zstyle ":completion:*" list-separator "--"; bindkey "^I" list-choices'
tell 'print -r -- READY'
zpty -r inner seen '*READY*READY*'
zpty -w -n inner "$LINE"$'\\t'
zpty -r inner seen "*$EXPECTED*"
print -r -- "$seen"
zpty -d inner`

const SCRIPTS: Record<Shell, string> = { bash: BASH, fish: FISH, zsh: ZSH }

/**
 * What `shell` offers at the end of `line`, in a directory with the file mine.ts. zsh draws it on its terminal, and is
 * listened to until `expected` is there (or until it is too late).
 */
export function offered(shell: Shell, line: string, expected: string): string {
  const cwd = tempDir()
  writeFileSync(join(cwd, 'mine.ts'), '')
  const bin = join(cwd, 'bin')
  const modules = join(cwd, 'node_modules/.bin')
  for (const directory of [bin, modules]) {
    mkdirSync(directory, { recursive: true })
    symlinkSync(BINARY, join(directory, 'taskproc'))
  }
  const { PATH = '', ...env } = cleanEnv()
  return execFileSync(shell, shell === 'zsh' ? ['-f', '-c', ZSH] : ['-c', SCRIPTS[shell]], {
    cwd,
    encoding: 'utf8',
    env: {
      ...env,
      PATH: [bin, PATH].join(delimiter),
      HOME: cwd,
      TERM: 'dumb',
      LINE: line,
      EXPECTED: expected,
    },
    timeout: 30_000,
  })
}
