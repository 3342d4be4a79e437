// The plan of the claim on this database: right with the index, and found where the planner has to go another way.
import { describe, expect, it } from 'vitest'
import { examine } from '../../../src/db/doctor/examine.ts'
import { judgePlans, type Plan } from '../../../src/db/doctor/plans.ts'
import { testDatabase } from '../../support/database.ts'
import { addTasks, readTasks } from '../fixtures.ts'
import { diagnose, namesOf } from './diagnosis.ts'

const database = await testDatabase()
const { pool } = database

it('finds a claim that reads the whole table, and claims nothing to see it', async () => {
  await addTasks(pool, 10_000, { payload: 'x'.repeat(1000), run_at: '2999-01-01' })
  await pool.query('analyze taskproc.tasks')
  const sound = await diagnose(database)
  expect(namesOf(sound)).toEqual([])
  expect(sound.checks.find(({ name }) => name === 'plans')?.note).toBe(
    'claim by tasks_claim and Tid Scan, settlement by tasks_pkey',
  )

  await pool.query('drop index taskproc.tasks_claim')
  // What goes by lanes may meet its limit without the index.
  const { findings } = await examine({ pool, listenUrl: database.url, hasListenUrl: false })
  const finding = findings.find(({ name }) => name === 'plan of the claim')
  expect(finding).toMatchObject({
    severity: 'error',
    evidence: expect.stringMatching(/by Seq Scan instead of tasks_claim/),
  })
  expect((await readTasks(pool)).every(({ status }) => status === 'pending')).toBe(true)
})

describe('a plan', () => {
  const plan: Plan = { statement: 'claim', accesses: ['Tid Scan', 'tasks_claim'], cost: 100, settings: {} }
  const judge = (changes: Partial<Plan>, jit_above_cost: number | null = null, table_bytes = 2 ** 23) =>
    judgePlans({ plans: [{ ...plan, ...changes }], table_bytes, jit_above_cost }).map(({ name }) => name)

  it.each([
    ['of a claim by its index', {}, []],
    ['of a claim by another index', { accesses: ['Tid Scan', 'tasks_crashed'] }, ['plan of the claim']],
    [
      'of a settlement by its owner',
      { statement: 'settlement', accesses: ['tasks_owner'] },
      ['plan of the settlement'],
    ],
  ] as const)('%s', (_, changes, names) => {
    expect(
      judge({ ...changes, accesses: [...('accesses' in changes ? changes.accesses : plan.accesses)] }),
    ).toEqual(names)
  })

  it('of a small table may be any', () => {
    expect(judge({ accesses: ['Seq Scan'] }, null, 2 ** 23 - 1)).toEqual([])
  })

  it('that is compiled each time is worth a word', () => {
    expect(judge({}, 100)).toEqual([])
    expect(judge({}, 99)).toEqual(['jit of the claim'])
  })

  it('tells which settings made it', () => {
    const settings = { enable_indexscan: 'off' }
    const [finding] = judgePlans({
      plans: [{ ...plan, accesses: ['Seq Scan'], settings }],
      ...{ table_bytes: 2 ** 30, jit_above_cost: null },
    })
    expect(finding?.evidence).toMatch(/taskproc\.tasks \(1 GB\) .*enable_indexscan = off$/)
  })
})
