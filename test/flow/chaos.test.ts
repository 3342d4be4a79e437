// Everything at once: a supervised fleet whose processes are killed, frozen and cut off at random, until all work is done.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { type DatabaseProxy, startProxy } from './proxy.ts'
import { type Serving, serve } from './serving.ts'
import { counts, expectSound, notes, put, rows } from './table.ts'

const { url, pool } = await testDatabase()
const TASKS = Number(process.env['CHAOS_TASKS'] ?? 300)
const DEADLINE_MS = 45_000 + TASKS * 50
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 100_000)

it(`loses nothing and finishes everything once, whatever dies (CHAOS_SEED=${SEED})`, {
  timeout: DEADLINE_MS + 30_000,
}, async () => {
  const random = generator(SEED)
  const { file, lines } = notes()
  await put(pool, { kind: 'work', payload: { file, ms: 60 } }, TASKS)
  const proxy = await startProxy(url)
  const fleet = supervise(proxy.url, ['a', 'b', 'c'])
  await eventually(
    'all are done',
    async () => {
      await strike(fleet.members()[Math.floor(random() * 3)], proxy, random())
      return (await counts(pool)).done === TASKS
    },
    { deadlineMs: DEADLINE_MS },
  )
  proxy.up()
  await fleet.stop()
  for (const task of await rows(pool))
    expect(task).toMatchObject({ status: 'done', attempts: 1, result: 'worked' })
  expect(new Set(lines()).size).toBe(TASKS)
  await expectSound(pool)
})

/** Each is started again as soon as it ends, whatever ended it. */
function supervise(through: string, names: readonly string[]) {
  const alive = new Map<string, Serving>()
  let isOver = false
  const start = (name: string) => {
    // So many deaths are no task's fault here.
    const settings = {
      name,
      lease: '2s',
      crashLimit: 100,
      workers: 3,
      fetchLimit: 10,
      fetchInterval: '500ms',
    }
    const process = serve(through, { settings, env: { LOG_LEVEL: 'info' } })
    alive.set(name, process)
    void process.exit.then(() => (isOver ? undefined : start(name)))
  }
  atTestEnd(() => {
    isOver = true
  })
  for (const name of names) start(name)
  const stop = async () => {
    isOver = true
    for (const process of alive.values())
      for (const signal of ['SIGCONT', 'SIGTERM'] as const) process.signal(signal)
    for (const process of alive.values()) await process.exit
  }
  return { members: () => [...alive.values()], stop }
}

/** Most of the time nothing; else one of the things that happen to processes, networks and servers. */
async function strike(process: Serving | undefined, proxy: DatabaseProxy, dice: number): Promise<void> {
  // On a slow machine nobody would come to work if living took no longer than starting.
  const hasWorked = process !== undefined && process.logged('settle.written').length > 0
  if (dice < 0.02 && hasWorked) process.signal('SIGKILL')
  else if (dice < 0.04 && hasWorked) process.signal('SIGTERM')
  else if (dice < 0.06 && hasWorked) process.signal('SIGSTOP')
  else if (dice < 0.2) process?.signal('SIGCONT')
  else if (dice < 0.22) proxy.down()
  else if (dice < 0.4) proxy.up()
  else if (dice < 0.43) void proxy.loseAnswerTo('update taskproc.tasks')
  else if (dice < 0.45) await endSomeConnections()
  else if (dice < 0.47) proxy.freeze()
  else if (dice < 0.55) proxy.thaw()
}

async function endSomeConnections(): Promise<void> {
  await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
    and application_name like 'taskproc %' and application_name <> 'taskproc test' and random() < 0.5`)
}

/** Mulberry32: the same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
