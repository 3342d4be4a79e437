// A process that runs an engine for a benchmark: the engine of `serve` with its log, and a record of what it did. Started
// by fleet.ts, which tells it what to do.
import { Writable } from 'node:stream'
import type { Pool } from '../../db/pool.ts'
import { createPool, requireConnection } from '../../db/pool.ts'
import { createEngine } from '../../engine/engine.ts'
import type { Engine } from '../../engine/options.ts'
import { messageOf } from '../../errors.ts'
import type { Registry } from '../../handlers/handler.ts'
import type { Emit } from '../../task/events.ts'
import { DEFAULT_CRASH_LIMIT } from '../../task/limits.ts'
import type { TaskId } from '../../task/task.ts'
import { createLog } from '../../telemetry/log.ts'
import { createObserver } from '../../telemetry/observe.ts'
import { keepNurserySmall } from '../nursery.ts'
import { readVersion } from '../version.ts'
import {
  BENCH_KIND,
  ENGINE_APPLICATION,
  type EngineSetup,
  type FromEngine,
  type ToEngine,
} from './messages.ts'
import { createRecorder } from './recorder.ts'

const LEASE_MS = 15_000
const BLOCKED_LIMIT_MS = 300_000
const DRAIN_TIMEOUT_MS = 30_000

const send = (message: FromEngine) => process.send?.(message)
const recorder = createRecorder(send)
let engine: Engine | undefined
let begin: () => void = () => {}
let hasEnded = false

keepNurserySmall(process)
process.on('message', (message: ToEngine) => {
  if (message.type === 'start') void run(message.setup)
  else if (message.type === 'go') begin()
  else engine?.drain()
})
// Ctrl+C reaches the whole group of processes; the benchmark says when to stop, and where it has died nobody does.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(hasEnded ? 0 : 1))

async function run(setup: EngineSetup): Promise<void> {
  try {
    const pool = createPool({
      url: setup.url,
      applicationName: `${ENGINE_APPLICATION} ${setup.name}`,
      plansAlongIndexes: true,
    })
    const countOf = countStatements(pool)
    await requireConnection(pool, setup.url)
    engine = createEngine(await options(setup, pool))
    const told = new Promise<void>((resolve) => {
      begin = resolve
    })
    send({ type: 'ready' })
    await told
    const before = process.cpuUsage()
    await engine.start()
    await engine.finished
    const { user, system } = process.cpuUsage(before)
    await pool.end()
    recorder.flush()
    const peakRssBytes = process.resourceUsage().maxRSS * 1024
    sayLast({ type: 'end', end: { statements: countOf(), cpuSeconds: (user + system) / 1e6, peakRssBytes } })
  } catch (thrown) {
    sayLast({ type: 'failed', message: messageOf(thrown) })
  }
}

/** The channel is closed when the message is out. */
function sayLast(message: FromEngine): void {
  hasEnded = true
  process.send?.(message, undefined, undefined, () => process.disconnect())
}

async function options(setup: EngineSetup, pool: Pool): Promise<Parameters<typeof createEngine>[0]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const log = await createLog({ stream: nowhere, level: setup.logLevel, isReadable: false, hasColour: false })
  return {
    pool,
    databaseUrl: setup.url,
    listenUrl: setup.listenUrl,
    name: setup.name,
    version: readVersion(),
    registry: registryOf(setup),
    queues: [setup.queue],
    workers: setup.workers,
    fetchLimit: setup.fetchLimit,
    fetchIntervalMs: setup.fetchIntervalMs,
    drainTimeoutMs: DRAIN_TIMEOUT_MS,
    leaseMs: LEASE_MS,
    blockedLimitMs: BLOCKED_LIMIT_MS,
    crashLimit: DEFAULT_CRASH_LIMIT,
    retainMs: undefined,
    untilEmpty: setup.untilEmpty,
    emit: both(createObserver(log), recorder.emit),
  }
}

/** Soon enough that a measurement of some seconds sees the second attempts. */
const BACKOFF = { baseMs: 200, factor: 2, capMs: 5_000, jitter: 0.25 }

function registryOf({ failOneIn }: EngineSetup): Registry {
  const fails = (id: TaskId, attempt: number) => attempt === 1 && Number(id) % failOneIn === 0
  const handler: (payload: unknown, context: { task: { id: TaskId; attempt: number } }) => void =
    failOneIn === 0
      ? () => {}
      : (_payload, { task }) => {
          if (fails(task.id, task.attempt)) throw new Error('failed on purpose')
        }
  return new Map([[BENCH_KIND, { handler, backoff: BACKOFF }]])
}

function both(first: Emit, second: Emit): Emit {
  return (name, event) => {
    first(name, event)
    second(name, event)
  }
}

/** Counts what goes out on every connection of the pool. */
function countStatements(pool: Pool): () => number {
  let statements = 0
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    const counted = (...args: unknown[]) => {
      statements += 1
      return query(...args)
    }
    Object.assign(client, { query: counted })
  })
  return () => statements
}
