// Any sequence of verbs, with right and with stale claims, leaves in every row what the model of the status table says.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { verify } from '../../src/db/verify.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, nowPlus, readLogs, readTasks, rolledBack, type TaskRow } from './fixtures.ts'
import { Model, type ModelRow } from './model.ts'
import { play, type Story } from './play.ts'
import { anySteps } from './steps.ts'

const { pool } = await testDatabase()

const TALLIES = `
  select coalesce(sum(done), 0)::float8 as done, coalesce(sum(error), 0)::float8 as error,
    coalesce(sum(cancelled), 0)::float8 as cancelled
  from taskproc.tallies`

function modelled(row: ModelRow): Record<string, unknown> {
  const { id, status, attempts, crashes, error, isDue } = row
  return {
    ...{
      id,
      status,
      attempts,
      crashes,
      error,
      isDue,
      result: row.result === null ? null : JSON.parse(row.result),
    },
    ...{ claim_number: row.claimNumber, claimed_by: row.owner, cancel_requested: row.cancelRequested },
    ...{ hasClaimTime: row.owner !== null, hasEndTime: status !== 'pending' && status !== 'in_progress' },
  }
}

function stored(row: TaskRow, now: string): Record<string, unknown> {
  const { id, status, attempts, crashes, result, claim_number, claimed_by, cancel_requested } = row
  return {
    ...{ id, status, attempts, crashes, result, claim_number, claimed_by, cancel_requested },
    error: row['error'] === null ? null : String(row['error']).replace(/^quarantined: .*/, 'quarantined'),
    isDue: String(row['run_at']) <= now,
    ...{ hasClaimTime: row['claimed_at'] !== null, hasEndTime: row['finished_at'] !== null },
  }
}

it('is what the model says after every step, and verify finds nothing', async () => {
  const tells = fc.asyncProperty(anySteps, (steps) =>
    rolledBack(pool, async (db) => {
      const processes = [await addProcess(db), await addProcess(db), await addProcess(db)]
      const story: Story = { db, model: new Model(), processes, claims: [] }
      const now = await nowPlus(db)
      for (const step of steps) {
        await play(story, step)
        const rows = [...story.model.rows.values()]
        expect((await readTasks(db)).map((row) => stored(row, now))).toEqual(rows.map(modelled))
      }
      expect(await readLogs(db)).toHaveLength(story.model.logs)
      const { rows: sums } = await db.query(TALLIES)
      expect(sums).toEqual([story.model.tallies])
      expect(await verify(db)).toMatchObject({ violations: 0 })
    }),
  )
  await fc.assert(tells, { numRuns: 50 })
})
