// The command doctor. Part of program.ts.
import type { Command } from 'commander'
import type { ExitStatus } from '../errors.ts'
import type { Terminal } from './terminal.ts'

const HELP = `
It only looks, and each look has a limit of 3 s. A role without pg_monitor sees less, and doctor says so.
Whether the rows themselves are sound is asked by: taskproc verify

Exit status: 1 when there is an error or a warning; what is only worth knowing (info) is 0.

Examples:
  taskproc doctor
  taskproc doctor --json | jq -r '.findings[] | select(.severity != "info") | .fix'`

export function addDoctor(program: Command, terminal: Terminal, done: (status: ExitStatus) => void): void {
  program
    .command('doctor')
    .description('look for what slows or endangers this installation, and say what to do')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (flags) => done(await (await import('./commands/doctor.ts')).runDoctor(flags, terminal)))
}
