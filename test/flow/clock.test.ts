// The clock of a client may be wrong by an hour: nothing that is stored and nothing that is decided comes from it.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { serving } from './serving.ts'
import { become, expectSound, put, rows } from './table.ts'
import { wrongClock } from './wrong-clock.ts'

const { url, pool } = await testDatabase()
const HOUR_MS = 3_600_000

it('is right in a process whose clock is an hour ahead, and in one that is an hour behind', async (context) => {
  const clocks = { ahead: HOUR_MS, behind: -HOUR_MS, right: 0 }
  const env = { ahead: wrongClock('+1h', context), behind: wrongClock('-1h', context), right: {} }
  const names = ['ahead', 'behind', 'right'] as const
  // Each has a queue of its own, so that each has its share.
  const fleet = await Promise.all(
    names.map((name) => serving(url, { settings: { name, queue: name, lease: '5s' }, env: env[name] })),
  )
  for (const [index, name] of names.entries()) {
    const [started] = fleet[index]?.logged('process.started') ?? []
    const readMs = Date.parse(String(started?.['time'])) - Date.now()
    expect(Math.abs(readMs - clocks[name]), 'its clock is as wrong as it should be').toBeLessThan(HOUR_MS / 2)
  }
  for (const queue of names) {
    await put(pool, { kind: 'flaky', queue, payload: { succeedsAt: 2 }, backoffMs: 100 }, 5)
    await put(pool, { kind: 'sleep', queue, payload: { ms: 6_000 } })
    await put(pool, { kind: 'noop', queue, delayMs: HOUR_MS / 2 })
  }
  // Nothing waits for an hour, nothing comes half an hour early, and nobody's lease is over before its time.
  await become(pool, { done: 18, pending: 3 }, { deadlineMs: 30_000 })
  for (const task of await rows(pool))
    expect(task).toMatchObject({ crashes: 0, claim_number: { flaky: 2, sleep: 1, noop: 0 }[task.kind] })
  for (const process of fleet) {
    expect(process.logged('process.lost')).toEqual([])
    expect(process.logged('lease.fenced')).toEqual([])
    process.signal('SIGTERM')
  }
  for (const process of fleet) expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})
