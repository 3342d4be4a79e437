// What a rescue reads of who died at full speed: what it still held, and not the tens of thousands that it had finished in its
// last seconds.
import { beforeAll, describe, expect, it } from 'vitest'
import type { Pool } from '../../src/db/pool.ts'
import { markSwept, rescue } from '../../src/db/rescue.ts'
import { testDatabase } from '../support/database.ts'
import { explain } from './explain.ts'
import { addProcess, addTasks } from './fixtures.ts'

const HELD = 10
const FINISHED = 50_000

/** Some of its claims are from before its last beat, since the clock of the server was set back. */
async function diedAtFullSpeed(pool: Pool): Promise<number | string> {
  const beat = Date.now()
  const at = (seconds: number) => new Date(beat + seconds * 1000).toISOString()
  const ended = { state: 'lost', stopped_at: at(1), claims_since: at(0) }
  const id = await addProcess(pool, ended)
  const claimed = { claimed_by: id, attempts: 1, claim_number: 1 }
  await addTasks(pool, FINISHED, { ...claimed, claimed_at: at(-5), status: 'done', finished_at: at(-4) })
  await addTasks(pool, HELD, { ...claimed, claimed_at: at(0), status: 'in_progress' })
  return id
}

describe('a rescue of who died at full speed', async () => {
  const { pool } = await testDatabase()
  let id: number | string
  beforeAll(async () => {
    id = await diedAtFullSpeed(pool)
    await pool.query('vacuum analyze taskproc.tasks')
  })

  it('reads all that it claimed since its last beat, and a little of what came before it, once', async () => {
    const before = await explain(pool, (db) => rescue(db, 3, HELD + 1))
    await markSwept(pool, [id])
    const after = await explain(pool, (db) => rescue(db, 3, HELD + 1))
    expect(before.buffers).toBeGreaterThan(1000)
    expect(after.buffers).toBeLessThan(100 + 60 * HELD)
  })

  it('finds what seems to be from before its last beat', async () => {
    await pool.query('update taskproc.processes set swept_at = null')
    const [late] = await addTasks(pool, 1, {
      ...{ claimed_by: id, attempts: 1, claim_number: 1, status: 'in_progress' },
      claimed_at: new Date(Date.now() - 8_000).toISOString(),
    })
    const found = await rescue(pool, 3, 500)
    expect(found).toHaveLength(HELD + 1)
    expect(found.map((task) => task.id)).toContain(late)
  })
})
