// What doctor compares a schema with is what the migrations make; and each difference is found, and mended by its fix.
import { beforeEach, describe, expect, it } from 'vitest'
import { expectedOf, readSchema } from '../../../src/db/doctor/schema.ts'
import { testDatabase } from '../../support/database.ts'
import { diagnose, namesOf, typeFix } from './diagnosis.ts'

const database = await testDatabase()
const { pool } = database
const FILE = '../../../src/db/doctor/expected-schema.ts'
const HEADER = `// What the migrations make. test/db/doctor/schema.test.ts compares it with a migrated database and writes it anew
// (vitest -u) when a migration changes it.
`

beforeEach(async () => {
  expect(namesOf(await diagnose(database))).toEqual([])
})

it('is what the migrations make', async () => {
  const parts = await readSchema(pool)
  expect(parts.length).toBeGreaterThan(30)
  await expect(`${HEADER}export const EXPECTED_SCHEMA = \`\n${expectedOf(parts)}\`\n`).toMatchFileSnapshot(
    FILE,
  )
})

describe('finds, and tells how to mend,', () => {
  it.each([
    ['a missing index', 'drop index taskproc.tasks_claim', 'index missing', /tasks_claim/],
    [
      'a changed index',
      'drop index taskproc.tasks_claim; create index tasks_claim on taskproc.tasks (run_at) where claimable',
      'index changed',
      /tasks_claim .*\(run_at\)/,
    ],
    [
      'a missing constraint',
      'alter table taskproc.tasks drop constraint tasks_pending_is_free',
      'constraint missing',
      /tasks_pending_is_free/,
    ],
    [
      'a constraint that was never checked',
      `alter table taskproc.tasks drop constraint tasks_run_at_finite;
       alter table taskproc.tasks add constraint tasks_run_at_finite check (isfinite(run_at)) not valid`,
      'constraint changed',
      /tasks_run_at_finite .*NOT VALID/,
    ],
    [
      'pages without room for the next version of a row',
      'alter table taskproc.tasks reset (fillfactor)',
      'option missing',
      /fillfactor of taskproc\.tasks/,
    ],
    [
      'an index of somebody else that ends heap-only updates',
      'create index mine on taskproc.tasks (kind, status)',
      'foreign index',
      /mine .*no completion is heap-only/,
    ],
    [
      'a trigger of somebody else',
      `create trigger "my own" after insert on taskproc.tasks execute function suppress_redundant_updates_trigger()`,
      'trigger on tasks',
      /my own/,
    ],
  ])('%s', async (_, change, name, evidence) => {
    await pool.query(change)
    const [finding, ...others] = (await diagnose(database)).named(name)
    expect(others).toEqual([])
    expect(finding?.evidence).toMatch(evidence)
    if (finding !== undefined) await typeFix(pool, finding)
    expect(namesOf(await diagnose(database))).toEqual([])
  })
})

it('finds an index whose building failed', async () => {
  await pool.query(
    `update pg_index set indisvalid = false where indexrelid = 'taskproc.tasks_owner'::regclass`,
  )
  const [finding] = (await diagnose(database)).named('index not valid')
  expect(finding).toMatchObject({ severity: 'error', evidence: expect.stringContaining('tasks_owner') })
  if (finding !== undefined) await typeFix(pool, finding)
  expect(namesOf(await diagnose(database))).toEqual([])
})

it('leaves an index alone that costs an insert and nothing else', async () => {
  await pool.query('create index mine on taskproc.tasks (created_at)')
  const { findings } = await diagnose(database)
  expect(findings).toMatchObject([{ name: 'foreign index', severity: 'info' }])
  await pool.query('drop index taskproc.mine')
})
