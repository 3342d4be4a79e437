// The commands that look for what is wrong: doctor and verify. Part of program.ts.
import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import type { Done } from './done.ts'

export function addCheckCommands(program: Command, terminal: Terminal, done: Done): void {
  addDoctor(program, terminal, done)
  addVerify(program, terminal, done)
}

const DOCTOR_HELP = `
It only looks, and each look has a limit of 3 s. A role without pg_monitor sees
less, and doctor says so. Whether the rows themselves are sound says verify.

Examples:
  taskproc doctor
  taskproc doctor --json | jq -r '.findings[] | select(.severity != "info").fix'

Exit status: 1 when there is an error or a warning; what is only worth knowing
(info) is 0.
See also: verify, stats, why`

function addDoctor(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('doctor')
    .summary('look for what slows or endangers this installation')
    .description('look for what slows or endangers this installation, and say what to do')
    .option('--json', 'print one JSON document')
    .addHelpText('after', DOCTOR_HELP)
    .action(async (flags) => done(await (await import('../commands/doctor.ts')).runDoctor(flags, terminal)))
}

const VERIFY_HELP = `
Every count must be 0; exit status 1 when one is not.

Examples:
  taskproc verify
  taskproc verify --json | jq .violations`

function addVerify(program: Command, terminal: Terminal, done: Done): void {
  program
    .command('verify')
    .description('look for rows that must not be')
    .option('--json', 'print one JSON document')
    .addHelpText('after', VERIFY_HELP)
    .action(async (flags) => done(await (await import('../commands/verify.ts')).runVerify(flags, terminal)))
}
