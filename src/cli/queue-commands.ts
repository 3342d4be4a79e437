// The commands that hold work back: pause and resume. Part of program.ts.
import type { Command } from 'commander'
import type { ExitStatus } from '../errors.ts'
import type { Terminal } from './terminal.ts'

type Done = (status: ExitStatus) => void

const PAUSE_HELP = `
What runs goes on to its end. serve --until-empty does not wait for what is
pending in a paused queue. While every queue is paused, resume --queue NAME
serves that one.

Examples:
  taskproc pause --queue mails
  taskproc resume --queue mails
  taskproc pause                               every queue, in every process
  taskproc resume                              whatever was paused

See also: why, stats`

export function addQueueCommands(program: Command, terminal: Terminal, done: Done): void {
  const about = { pause: 'claim no task of a queue any more, in any process', resume: 'undo a pause' }
  for (const verb of ['pause', 'resume'] as const) {
    program
      .command(verb)
      .description(about[verb])
      .option('--queue <name>', 'the queue (default: every queue, also those that are new)')
      .option('--json', 'print what is paused as one JSON document')
      .addHelpText('after', PAUSE_HELP)
      .action(async (flags) =>
        done(await (await import('./commands/queues.ts')).runQueues(verb, flags, terminal)),
      )
  }
}
