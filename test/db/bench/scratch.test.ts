// Scratch databases: made and dropped beside a database, and what a killed measurement left is dropped by the next one.
import { expect, inject, it } from 'vitest'
import { createScratch, dropLeftovers, dropScratch, inDatabase } from '../../../src/db/bench/scratch.ts'
import { administer, testDatabase } from '../../support/database.ts'
import { atTestEnd } from '../../support/end.ts'

const { url } = await testDatabase()
const { adminUrl } = inject('postgres')
const HOUR_MS = 3_600_000

async function exists(name: string | undefined): Promise<boolean> {
  return (await administer(adminUrl, `select from pg_database where datname = '${name}'`)).length === 1
}

async function scratch(ageMs = 0) {
  const made = await createScratch(url, new Date(Date.now() - ageMs))
  if (made === null) throw new Error('this role may not create databases')
  atTestEnd(() => dropScratch(url, made))
  return made
}

it('is empty, can be used, and is gone when it is dropped, whoever is connected', async () => {
  const made = await scratch()
  expect(
    await administer(made.url, `select current_database() as name, to_regnamespace('taskproc') as schema`),
  ).toEqual([{ name: made.name, schema: null }])
  await dropScratch(url, made)
  expect(await exists(made.name)).toBe(false)
  await dropScratch(url, made)
})

it('drops what is older than an hour, and nothing else', async () => {
  const [old, fresh] = [await scratch(2 * HOUR_MS), await scratch()]
  await dropLeftovers(url, HOUR_MS)
  expect([await exists(old.name), await exists(fresh.name)]).toEqual([false, true])
})

it.each([
  ['postgres://me:p%2Fw@host:5433/old?sslmode=disable', 'postgres://me:p%2Fw@host:5433/new?sslmode=disable'],
  ['postgresql://me@/old?host=/run/pg&dbname=other', 'postgresql://me@/new?host=/run/pg'],
  ['postgresql://host', 'postgresql://host/new'],
  ['postgresql://h1:1,h2:2/old', 'postgresql://h1:1,h2:2/new'],
])('puts another database into %s', (before, after) => {
  expect(inDatabase(before, 'new')).toBe(after)
})
