// Migrate: safe when many do it at once, nothing to do the second time, and words for every state of a schema.
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { migrate, readSchemaState, requireCurrentSchema } from '../../src/db/migrate.ts'
import { createClient } from '../../src/db/pool.ts'
import { EXIT } from '../../src/errors.ts'
import { administer, testDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'

const FILES = await readdir(join(import.meta.dirname, '../../migrations'))
const ALL = FILES.filter((file) => file.endsWith('.sql'))
  .map((file) => basename(file, '.sql'))
  .sort()

it('brings an empty database to the schema of this program, and then finds nothing to do', async () => {
  const { url, pool } = await testDatabase({ migrated: false })
  expect(await readSchemaState(pool)).toEqual({ state: 'missing', applied: [], pending: ALL, unknown: [] })
  expect(await migrate(url)).toEqual({ applied: ALL })
  expect(await readSchemaState(pool)).toEqual({ state: 'current', applied: ALL, pending: [], unknown: [] })
  await expect(requireCurrentSchema(pool)).resolves.toBeUndefined()
  expect(await migrate(url)).toEqual({ applied: [] })
})

it.each([2, 6])(
  'is safe when %i do it at once: one applies, the others find nothing to do',
  async (count) => {
    const { url, pool } = await testDatabase({ migrated: false })
    const answers = await Promise.all(Array.from({ length: count }, () => migrate(url)))
    expect(answers.flatMap(({ applied }) => applied)).toEqual(ALL)
    expect(await readSchemaState(pool)).toMatchObject({ state: 'current' })
  },
)

it('says what it would do, and does nothing', async () => {
  const { url, pool } = await testDatabase({ migrated: false })
  expect(await migrate(url, { dryRun: true })).toEqual({ applied: ALL })
  expect((await pool.query(`select from pg_namespace where nspname = 'taskproc'`)).rows).toEqual([])
  await migrate(url)
  expect(await migrate(url, { dryRun: true })).toEqual({ applied: [] })
})

it('leaves the tables of the user alone, and puts none of its own beside them', async () => {
  const { url, pool } = await testDatabase({ migrated: false })
  await pool.query('create table tasks (mine text); create table migrations (mine text)')
  await migrate(url)
  const { rows } = await pool.query(
    `select relname from pg_class join pg_namespace n on n.oid = relnamespace where nspname = 'public' order by relname`,
  )
  expect(rows).toEqual([{ relname: 'migrations' }, { relname: 'tasks' }])
})

it('names what is wrong with a schema that is missing, older or newer, and what to do', async () => {
  const { url, pool } = await testDatabase({ migrated: false })
  const hint = 'Run: taskproc migrate'
  const missing = { message: 'the database has no taskproc schema', hint }
  await expect(requireCurrentSchema(pool)).rejects.toMatchObject(missing)
  await migrate(url)
  await pool.query('delete from taskproc.migrations where name = $1', [ALL.at(-1)])
  const old = { message: `the schema is older than this program (missing: ${ALL.at(-1)})`, hint }
  await expect(requireCurrentSchema(pool)).rejects.toMatchObject(old)
  expect(await readSchemaState(pool)).toMatchObject({ state: 'old', pending: ALL.slice(-1), unknown: [] })
  await pool.query(`insert into taskproc.migrations (name, run_on) values ('9999_future', now())`)
  expect(await readSchemaState(pool)).toMatchObject({ state: 'newer', unknown: ['9999_future'] })
  const newer = {
    message: expect.stringContaining('9999_future'),
    hint: expect.stringContaining('Update taskproc'),
  }
  await expect(requireCurrentSchema(pool)).rejects.toMatchObject(newer)
  await expect(migrate(url)).rejects.toMatchObject(newer)
})

it('explains that it may not, where it may not', async () => {
  const { url } = await testDatabase({ migrated: false })
  await administer(
    url,
    `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`,
  )
  const refusal = {
    message: expect.stringContaining('cannot use the schema: '),
    exitStatus: EXIT.operational,
    hint: expect.stringContaining('a server that accepts writes'),
  }
  await expect(migrate(url)).rejects.toMatchObject(refusal)
})

it('explains that a user without rights in the schema cannot use it', async () => {
  const { url, pool } = await testDatabase()
  const client = createClient({ url, applicationName: 'test' })
  atTestEnd(() => client.end())
  await client.connect()
  const role = `taskproc_nobody_${process.pid}`
  await pool.query(`create role ${role}`)
  atTestEnd(() => administer(url, `drop role ${role}`))
  await client.query(`set role ${role}`)
  await expect(requireCurrentSchema(client)).rejects.toMatchObject({ name: 'ExpectedError' })
})
