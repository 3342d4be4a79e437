// taskproc seed: inserts sample tasks.
import { readFile } from 'node:fs/promises'
import pLimit from 'p-limit'
import { enqueue } from '../../db/enqueue.ts'
import type { Pool } from '../../db/pool.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import { LIMITS } from '../../task/limits.ts'
import type { NewTask, TaskId } from '../../task/task.ts'
import { count, grouped } from '../../telemetry/words.ts'
import { type Config, type Flags, readConfig } from '../config.ts'
import { requireSchema, withDatabase } from '../database.ts'
import { interruptible } from '../interruptible.ts'
import { createCommandLog } from '../logging.ts'
import { print, printJson } from '../output.ts'
import { COMMON, SEED } from '../settings.ts'
import { type Spinner, startSpinner } from '../spinner.ts'
import type { Terminal } from '../terminal.ts'

const SAMPLES = new URL('../../../seed/tasks.json', import.meta.url)
/** Two keep the server busy while the next is made; more wait for each other. */
const BATCHES_IN_FLIGHT = 3

const SESSION = {
  applicationName: 'taskproc seed',
  check: requireSchema,
}

export async function runSeed(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const config = readConfig('seed', [...COMMON, ...SEED], flags, terminal)
  const log = await createCommandLog(config, terminal)
  return interruptible((signal) =>
    withDatabase({ config, terminal, log, ...SESSION, signal }, async ({ pool }) => {
      log.info({ event: 'seed', count: config.count }, `seeding ${count(config.count, 'task')}`)
      const spinner = await startSpinner(terminal, 'seeding')
      const ids = await insert(pool, config, await readSamples(), spinner, signal).finally(spinner.stop)
      if (flags['json']) printJson(terminal, { ids })
      else print(terminal, `inserted ${count(ids.length, 'task')} of kind ${config.kind}: ${range(ids)}`)
      return EXIT.ok
    }),
  )
}

interface Sample {
  readonly payload: string
}

async function readSamples(): Promise<readonly Sample[]> {
  return JSON.parse(await readFile(SAMPLES, 'utf8'))
}

/** Inserts the samples over and over until there are `count`, in batches, a few at once. */
async function insert(
  pool: Pool,
  { count: total, kind, maxAttempts }: Config<'count' | 'kind' | 'maxAttempts'>,
  samples: readonly Sample[],
  spinner: Spinner,
  signal: AbortSignal,
): Promise<TaskId[]> {
  const limit = pLimit(BATCHES_IN_FLIGHT)
  let inserted = 0
  const batches = Array.from({ length: Math.ceil(total / LIMITS.batchRows) }, (_, index) =>
    limit(async () => {
      signal.throwIfAborted()
      const start = index * LIMITS.batchRows
      const size = Math.min(LIMITS.batchRows, total - start)
      const ids = await enqueue(
        pool,
        Array.from({ length: size }, (_, at) => task(start + at)),
      )
      inserted += ids.length
      spinner.update(`seeding ${grouped(inserted)} of ${count(total, 'task')}`)
      return ids
    }),
  )
  return (await Promise.all(batches)).flat().filter((id) => id !== null)

  function task(index: number): NewTask {
    return { kind, payload: samples[index % samples.length]?.payload ?? '', maxAttempts }
  }
}

function range(ids: readonly TaskId[]): string {
  return ids.length === 1 ? `#${ids[0]}` : `#${ids[0]} to #${ids.at(-1)}`
}
