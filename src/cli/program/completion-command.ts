// The commands of shell completion: completion prints a script, and complete is what the script asks. Part of program.ts.
import { Argument, type Command } from 'commander'
import { EXIT } from '../../errors.ts'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

const HELP = `
The script asks taskproc itself at each Tab, so it never has to be made anew.

To have it in every new shell:
  bash   echo 'source <(taskproc completion bash)' >> ~/.bashrc
  zsh    echo 'source <(taskproc completion zsh)' >> ~/.zshrc
         (below the line with compinit)
  fish   taskproc completion fish > ~/.config/fish/completions/taskproc.fish

Example:
  source <(taskproc completion bash)           only in this shell`

export function addCompletion(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell that the script is for').choices(SHELLS))
    .description('print a script that completes commands at Tab')
    .addHelpText('after', HELP)
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { SCRIPTS } = await import('../completion/scripts.ts')
      terminal.stdout.write(SCRIPTS[shell])
      done(EXIT.ok)
    })
  program
    .command('complete [words...]', { hidden: true })
    .description('what may come at the end of these words; asked by the scripts of completion')
    .action(async (words: string[]) => {
      const { completions, completionText } = await import('../completion/candidates.ts')
      terminal.stdout.write(completionText(completions(program, words)))
      done(EXIT.ok)
    })
}
