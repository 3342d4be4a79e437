// The clock of a client may be wrong by an hour: nothing that is stored and nothing that is decided comes from it.
import { existsSync } from 'node:fs'
import { expect, it, type TestContext } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { serving } from './serving.ts'
import { become, expectSound, put, rows } from './table.ts'

const { url, pool } = await testDatabase()
const HOUR_MS = 3_600_000

/** The environment in which a program reads a wall clock that is wrong; its monotonic clock is right, as in life. */
function wrongClock(offset: string, { skip }: Pick<TestContext, 'skip'>): Record<string, string> {
  const library = libfaketime()
  if (library === undefined) return skip('libfaketime is missing, and it is what makes a clock wrong')
  return { LD_PRELOAD: library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
}

function libfaketime(): string | undefined {
  const name = 'faketime/libfaketime.so.1'
  const folders = [
    '/usr/lib',
    '/usr/local/lib',
    '/usr/lib64',
    `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
  ]
  return folders.map((folder) => `${folder}/${name}`).find(existsSync)
}

it('works together with a process whose clock is an hour ahead and one that is an hour behind', async (context) => {
  const ahead = wrongClock('+1h', context)
  const behind = wrongClock('-1h', context)
  const settings = { workers: 2, fetchLimit: 2 }
  const fleet = await Promise.all([
    serving(url, { settings: { ...settings, name: 'ahead' }, env: ahead }),
    serving(url, { settings: { ...settings, name: 'behind' }, env: behind }),
    serving(url, { settings: { ...settings, name: 'right' } }),
  ])
  for (const [index, offsetMs] of [HOUR_MS, -HOUR_MS, 0].entries()) {
    const [started] = fleet[index]?.logged('process.started') ?? []
    const readMs = Date.parse(String(started?.['time'])) - Date.now()
    expect(Math.abs(readMs - offsetMs), 'its clock is as wrong as it should be').toBeLessThan(HOUR_MS / 2)
  }
  const failing = await put(pool, { kind: 'flaky', payload: { succeedsAt: 2 }, backoffMs: 100 }, 15)
  const slow = await put(pool, { kind: 'sleep', payload: { ms: 400 } }, 30)
  const later = await put(pool, { kind: 'noop', delayMs: HOUR_MS / 2 }, 3)
  await become(pool, { done: failing.length + slow.length, pending: later.length }, { deadlineMs: 40_000 })

  for (const task of await rows(pool, [...failing, ...slow])) expect(task.crashes).toBe(0)
  for (const task of await rows(pool, later)) expect(task.claim_number, 'half an hour is not over').toBe(0)
  for (const process of fleet) {
    expect(process.logged('process.lost')).toEqual([])
    expect(process.logged('lease.fenced')).toEqual([])
    process.signal('SIGTERM')
  }
  for (const process of fleet) expect(await process.exit).toMatchObject({ exitCode: 0 })
  const { rows: owners } = await pool.query<{ n: number }>(
    'select count(distinct claimed_by) as n from taskproc.tasks',
  )
  expect(owners, 'all three had a share').toEqual([{ n: 3 }])
  await expectSound(pool)
})
