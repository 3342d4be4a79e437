// taskproc migrate: brings the database to the program's schema, or says how they stand.
import { migrate, readSchemaState } from '../../db/migrate.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import type { Log } from '../../telemetry/log.ts'
import { count } from '../../telemetry/words.ts'
import { type Flags, readConfig } from '../config.ts'
import { type Database, withDatabase } from '../database.ts'
import { interruptible } from '../interruptible.ts'
import { createCommandLog } from '../logging.ts'
import { print, printJson, printTable } from '../output.ts'
import { COMMON } from '../settings.ts'
import { startSpinner } from '../spinner.ts'
import type { Terminal } from '../terminal.ts'
import { typed } from '../typed.ts'

export async function runMigrate(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const config = readConfig('migrate', COMMON, flags, terminal)
  const log = await createCommandLog(config, terminal)
  const isReading = flags['status'] === true
  return interruptible((signal) =>
    withDatabase(
      {
        config,
        terminal,
        log,
        applicationName: 'taskproc migrate',
        // Refuses a schema that is newer than the program; its state can be shown.
        check: async ({ url }) => isReading || (await migrate(url, { dryRun: true })),
        isQuiet: isReading,
        // What only looks finds nothing where there is nothing.
        makesDatabase: !isReading && flags['dryRun'] !== true,
        signal,
      },
      (database) =>
        isReading ? showStatus(database, flags, terminal) : apply(database, flags, terminal, log),
    ),
  )
}

async function apply({ url }: Database, flags: Flags, terminal: Terminal, log: Log): Promise<ExitStatus> {
  const dryRun = flags['dryRun'] === true
  if (!dryRun) log.info({ event: 'migrate' }, 'migrating')
  const spinner = await startSpinner(terminal, 'migrating')
  const { applied } = await migrate(url, { dryRun }).finally(spinner.stop)
  if (flags['json']) printJson(terminal, dryRun ? { pending: applied } : { applied })
  else print(terminal, sentence(applied, dryRun))
  return EXIT.ok
}

function sentence(names: readonly string[], isDryRun: boolean): string {
  if (names.length === 0) return 'the schema is up to date'
  return `${isDryRun ? 'would apply' : 'applied'} ${count(names.length, 'migration')}: ${names.join(', ')}`
}

async function showStatus({ pool }: Database, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const { state, applied, pending, unknown } = await readSchemaState(pool)
  if (flags['json']) {
    printJson(terminal, { state, applied, pending, unknown })
    return EXIT.ok
  }
  const rows = [
    ...applied.map((name) => [name, unknown.includes(name) ? 'applied, unknown to this program' : 'applied']),
    ...pending.map((name) => [name, 'pending']),
  ]
  printTable(terminal, ['migration', 'state'], rows)
  print(terminal, typed(`\n${STATES[state]}`, terminal))
  return EXIT.ok
}

const STATES = {
  current: 'the schema is up to date',
  missing: 'the database has no taskproc schema; run: taskproc migrate',
  old: 'the schema is older than this program; run: taskproc migrate',
  newer: 'the schema is newer than this program; update taskproc',
}
