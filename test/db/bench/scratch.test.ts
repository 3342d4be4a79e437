// Scratch databases: made and dropped beside a database, and what a killed measurement left is dropped by the next one.
import pg from 'pg'
import { expect, inject, it } from 'vitest'
import { createScratch, dropLeftovers, dropScratch, inDatabase } from '../../../src/db/bench/scratch.ts'
import { administer, testDatabase } from '../../support/database.ts'
import { atTestEnd } from '../../support/end.ts'
import { eventually } from '../../support/eventually.ts'

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

it('is dropped by the next measurement once its own is gone, and not before, however old it is', async () => {
  const [left, used] = [await scratch(), await scratch(2 * HOUR_MS)]
  await left.leave()
  await eventually('the server has heard of it', async () => {
    await dropLeftovers(url)
    return !(await exists(left.name))
  })
  expect(await exists(used.name)).toBe(true)
})

it('is not dropped while somebody is connected to it', async () => {
  const made = await scratch()
  const client = new pg.Client({ connectionString: made.url })
  client.on('error', () => {})
  await client.connect()
  await made.leave()
  await dropLeftovers(url)
  expect(await exists(made.name)).toBe(true)
  await client.end()
})

it.each([
  ['postgres://me:p%2Fw@host:5433/old?sslmode=disable', 'postgres://me:p%2Fw@host:5433/new?sslmode=disable'],
  ['postgresql://me@/old?host=/run/pg&dbname=other', 'postgresql://me@/new?host=/run/pg'],
  ['postgresql://host', 'postgresql://host/new'],
  ['postgresql://h1:1,h2:2/old', 'postgresql://h1:1,h2:2/new'],
])('puts another database into %s', (before, after) => {
  expect(inDatabase(before, 'new')).toBe(after)
})
