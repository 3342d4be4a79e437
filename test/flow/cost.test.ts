// What a task costs the server, by counts that do not depend on the machine: statements (each is a round trip), commits
// and pages for a drain, and commits of a process that has nothing to do. Bounds of a drain are about 15 % above what was
// counted when they were set: who exceeds one has made each task dearer.
import { expect, it } from 'vitest'
import { BENCH_DOCUMENT, type BenchDocument } from '../../src/cli/bench/document.ts'
import { readCounters } from '../../src/db/bench/meter.ts'
import type { Db } from '../../src/db/db.ts'
import type { Child } from '../support/child.ts'
import { spawnTaskproc, taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'

const { url, pool } = await testDatabase()

type Costs = Pick<BenchDocument['runs'][number]['per_task'], 'statements' | 'commits' | 'buffers'>

async function drain(...flags: string[]): Promise<Costs> {
  const args = ['bench', 'drain', '--tasks', '5000', '--json', ...flags]
  const { exitCode, stdout, stderr } = await taskproc(args, { env: { DATABASE_URL: url } })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const [run] = BENCH_DOCUMENT.parse(JSON.parse(stdout)).runs
  if (run === undefined) throw new Error('there was no run')
  return run.per_task
}

/** Autovacuum looks at pages too, and counts as the database's: under load it comes with several drains in a row. */
const MOST_DRAINS = 6

/** The cheapest of some drains. */
async function cheapest(bounds: Record<keyof Costs, number>, ...flags: string[]): Promise<void> {
  let costs = await drain(...flags)
  for (let drains = 1; drains < MOST_DRAINS && isAbove(costs, bounds); drains++) costs = await drain(...flags)
  for (const name of ['statements', 'commits', 'buffers'] as const)
    expect(costs[name], name).toBeLessThan(bounds[name])
}

function isAbove(costs: Costs, bounds: Record<keyof Costs, number>): boolean {
  return (
    (costs.statements ?? 0) >= bounds.statements ||
    costs.commits >= bounds.commits ||
    costs.buffers >= bounds.buffers
  )
}

it('a task of a drain with the default settings costs so much', async () => {
  await cheapest({ statements: 0.215, commits: 0.22, buffers: 41 })
})

it('a task of a drain with large claims costs so much', async () => {
  await cheapest({ statements: 0.011, commits: 0.015, buffers: 20 }, '--tuned')
})

/** Of a process that is alone, with the default settings: each says one thing at a time, and no more often. */
const RHYTHMS = [
  { says: 'that it lives', everyS: 5 },
  { says: 'that it wants to be notified', everyS: 15 },
  { says: 'whether somebody is to be rescued', everyS: 15 },
  { says: 'whether a schedule is due', everyS: 30 },
]
/** So many that one more statement for each of them, or with each beat, is above all that chance makes of the rhythms. */
const LOOKS = 6

it('an idle process says one thing for each look, and at most one a second in all', async () => {
  await pool.query('delete from taskproc.processes')
  const child = spawnTaskproc(['serve'], { env: { DATABASE_URL: url, LOG_LEVEL: 'debug' } })
  // A connection that was used at the start and is idle since tells its commits ten seconds later.
  await longWaits(child, 4)
  const connection = await pool.connect()
  try {
    // Autovacuum commits too, and counts as the database's; it does not come each time.
    let idle = await idleWindow(child, connection)
    for (let again = 0; again < 2 && idle.commits > idle.most; again++)
      idle = await idleWindow(child, connection)
    expect(idle.seconds).toBeGreaterThan(10)
    expect(idle.commits).toBeLessThanOrEqual(idle.most)
    expect(idle.commits).toBeLessThanOrEqual(idle.seconds)
  } finally {
    connection.release()
  }
  child.signal('SIGTERM')
  expect(await child.exit).toMatchObject({ exitCode: 0 })
}, 150_000)

/** What it commits from one look to the sixth after it, and the most that its rhythms make of that time. */
async function idleWindow(child: Child, connection: Db) {
  const waited = waits(child)
  const before = await readCounters(connection)
  const startedMs = performance.now()
  await longWaits(child, waited + LOOKS)
  const seconds = (performance.now() - startedMs) / 1000
  const after = await readCounters(connection)
  const looks = waits(child) - waited
  const most = RHYTHMS.reduce((sum, { everyS }) => sum + Math.floor(seconds / everyS) + 1, looks)
  return { commits: after.commits - before.commits - OWN_COMMITS, seconds, most }
}

/** Between two looks at the counters: the first one, and what the second one says before it counts. */
const OWN_COMMITS = 2
/** It waits for as long as it ever does. */
const LONG_WAIT = /"wait_ms":[34]\d{3}[^\d]/g

function waits(child: Child): number {
  return child.output().match(LONG_WAIT)?.length ?? 0
}

async function longWaits(child: Child, count: number): Promise<void> {
  await eventually('it has looked often enough', () => waits(child) >= count, { deadlineMs: 90_000 })
}
