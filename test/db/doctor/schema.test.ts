// What doctor compares a schema with is what the migrations make; and what it says of one that differs.
import { expect, it } from 'vitest'
import { EXPECTED_SCHEMA } from '../../../src/db/doctor/expected-schema.ts'
import { expectedOf, judgeSchema, readExpected, readSchema } from '../../../src/db/doctor/schema.ts'
import type { Db } from '../../../src/db/pool.ts'
import { testDatabase } from '../../support/database.ts'
import { rolledBack } from '../fixtures.ts'

const { pool } = await testDatabase()
const FILE = '../../../src/db/doctor/expected-schema.ts'
const HEADER = `// What the migrations make. test/db/doctor/schema.test.ts compares it with a migrated database and writes it anew
// (vitest -u) when a migration changes it.
`

it('is what the migrations make', async () => {
  const parts = await readSchema(pool)
  expect(parts.length).toBeGreaterThan(30)
  await expect(`${HEADER}export const EXPECTED_SCHEMA = \`\n${expectedOf(parts)}\`\n`).toMatchFileSnapshot(
    FILE,
  )
})
