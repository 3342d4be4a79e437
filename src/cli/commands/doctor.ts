// taskproc doctor: what slows or endangers this installation, with evidence and the fix. It only looks.
import { type Diagnosis, examine } from '../../db/doctor/examine.ts'
import { connectionError } from '../../db/pool.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import { type Flags, readConfig } from '../config.ts'
import { type Database, withDatabase } from '../database.ts'
import { withFreeSpace } from '../doctor/free-space.ts'
import { printReport } from '../doctor/report.ts'
import { interruptible } from '../interruptible.ts'
import { createDebugLog } from '../logging.ts'
import { printJson } from '../output.ts'
import { COMMON } from '../settings.ts'
import type { Terminal } from '../terminal.ts'

/** Exit status: operational when there is an error or a warning. Works on a database without our schema too. */
export async function runDoctor(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const config = readConfig('doctor', COMMON, flags, terminal)
  const log = await createDebugLog(config, terminal)
  const diagnosis = await interruptible((signal) =>
    withDatabase(
      {
        config,
        terminal,
        log,
        applicationName: 'taskproc doctor',
        check: async () => {},
        isQuiet: true,
        signal,
      },
      async (database) => {
        const found = await look(database, config.listenDatabaseUrl !== undefined)
        return config.databaseUrl === undefined ? withFreeSpace(found, config.home) : found
      },
    ),
  )
  if (flags['json']) printJson(terminal, diagnosis)
  else printReport(terminal, diagnosis)
  const isSound = diagnosis.findings.every(({ severity }) => severity === 'info')
  return isSound ? EXIT.ok : EXIT.operational
}

async function look({ pool, url, listenUrl }: Database, hasListenUrl: boolean): Promise<Diagnosis> {
  try {
    return await examine({ pool, listenUrl, hasListenUrl })
  } catch (thrown) {
    throw connectionError(thrown, url) ?? thrown
  }
}
