// What a task costs the server, by counts that do not depend on the machine: statements (each is a round trip), commits
// and pages for a drain, and commits of a process that has nothing to do. Bounds are about 15 % above what was counted
// when they were set: who exceeds one has made each task dearer.
import { expect, it } from 'vitest'
import { BENCH_DOCUMENT, type BenchDocument } from '../../src/cli/bench/document.ts'
import { hasEnded, readCounters } from '../../src/db/bench/meter.ts'
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

/** The cheapest of some drains: autovacuum looks at pages too, and counts as the database's. */
async function cheapest(bounds: Record<keyof Costs, number>, ...flags: string[]): Promise<void> {
  let costs = await drain(...flags)
  for (let again = 0; again < 2 && isAbove(costs, bounds); again++) costs = await drain(...flags)
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

it('an idle process hardly asks anything', async () => {
  // What it costs to start and to stop is in both, and so is the time until it has found its rhythm.
  const short = await idleCommits(1)
  const long = await idleCommits(4)
  const seconds = long.seconds - short.seconds
  expect(seconds).toBeGreaterThan(8)
  // Two for each look, and one in which it asks for notifications for long; a beat every 5 s; four of the rescuer every
  // 15 s; a look for schedules now and then. Twice that is the alarm: how its rhythms fall together differs.
  const most = 2 * 3 + 1 + Math.ceil(seconds / 5 + 1) + 4 * Math.ceil(seconds / 15 + 1) + 2
  expect(long.commits - short.commits).toBeLessThanOrEqual(2 * most)
})

/** What a process commits that waits `looks` times for as long as it ever does. */
async function idleCommits(looks: number): Promise<{ commits: number; seconds: number }> {
  const before = await commits()
  const startedMs = performance.now()
  const child = spawnTaskproc(['serve'], { env: { DATABASE_URL: url, LOG_LEVEL: 'debug' } })
  await child.waitForOutput(new RegExp(`("wait_ms":[34]\\d{3}[^\\d][\\s\\S]*){${looks}}`), {
    deadlineMs: 60_000,
  })
  child.signal('SIGTERM')
  const seconds = (performance.now() - startedMs) / 1000
  expect(await child.exit).toMatchObject({ exitCode: 0 })
  let own = 0
  await eventually('it has gone', async () => {
    own += 1
    return hasEnded(pool, 'taskproc serve')
  })
  return { commits: (await commits()) - before - own, seconds }
}

async function commits(): Promise<number> {
  return (await readCounters(pool)).commits
}
