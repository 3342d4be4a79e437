// What failed lately: the latest first, the beginning of its error, and not more than asked for.
import { expect, it } from 'vitest'
import { readFailures } from '../../../src/db/stats/failures.ts'
import { testDatabase } from '../../support/database.ts'
import { addTask } from '../fixtures.ts'

const { pool } = await testDatabase()

it('gives the latest first', async () => {
  expect(await readFailures(pool, 10)).toEqual([])
  const failed = { status: 'error', attempts: 1, claim_number: 1 }
  const early = await addTask(pool, { ...failed, error: 'x'.repeat(1_000), finished_at: ago(30) })
  const latest = await addTask(pool, {
    ...failed,
    kind: 'mail',
    queue: 'mails',
    error: 'no',
    finished_at: ago(5),
  })
  const middle = await addTask(pool, { ...failed, error: 'no', finished_at: ago(10) })
  await addTask(pool, { status: 'cancelled', finished_at: ago(1) })
  const all = await readFailures(pool, 10)
  expect(all.map(({ id }) => id)).toEqual([latest, middle, early])
  expect(all[0]).toEqual({
    id: latest,
    kind: 'mail',
    queue: 'mails',
    error: 'no',
    ago_seconds: expect.any(Number),
  })
  expect(all[2]?.error).toBe('x'.repeat(300))
  expect((await readFailures(pool, 2)).map(({ id }) => id)).toEqual([latest, middle])
})

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString()
}
