// taskproc migrate through the real binary: what it says, and that two at once are safe.
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'

const names = readdirSync(join(import.meta.dirname, '../../../migrations'))
  .filter((file) => file.endsWith('.sql'))
  .map((file) => basename(file, '.sql'))
  .sort()
const { url, pool } = await testDatabase({ migrated: false })
const env = { DATABASE_URL: url }

async function json(...args: string[]): Promise<unknown> {
  const { exitCode, stdout } = await taskproc(['migrate', '--json', ...args], { env })
  expect(exitCode).toBe(0)
  return JSON.parse(stdout)
}

it('says what it would do, and does nothing, with --dry-run', async () => {
  const { stdout } = await taskproc(['migrate', '--dry-run'], { env })
  expect(stdout).toBe(
    `would apply ${names.length} migration${names.length === 1 ? '' : 's'}: ${names.join(', ')}\n`,
  )
  expect(await json('--dry-run')).toEqual({ pending: names })
  const { rows } = await pool.query(`select to_regnamespace('taskproc') as schema`)
  expect(rows).toEqual([{ schema: null }])
})

it('applies each migration once when several run at once, then is up to date', async () => {
  expect(await json('--status')).toEqual({ state: 'missing', applied: [], pending: names, unknown: [] })
  const runs = await Promise.all([json(), json(), json()])
  const applied = runs.flatMap((run) => (run as { applied: string[] }).applied)
  expect(applied).toEqual(names)
  expect((await taskproc(['migrate'], { env })).stdout).toBe('the schema is up to date\n')
  expect(await json('--status')).toEqual({ state: 'current', applied: names, pending: [], unknown: [] })
})

it('shows the state of a schema that is newer than the program, and leaves it alone', async () => {
  await pool.query(`insert into taskproc.migrations (name, run_on) values ('9999_later', now())`)
  const { exitCode, stdout } = await taskproc(['migrate', '--status'], { env })
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^9999_later +applied, unknown to this program$/m)
  expect((await taskproc(['migrate'], { env })).exitCode).toBe(1)
})
