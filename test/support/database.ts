// A database for each test file: a clone of the migrated template, made in milliseconds and dropped afterwards.
import { randomBytes } from 'node:crypto'
import { afterAll, inject } from 'vitest'
import { createClient, createPool, type Pool } from '../../src/db/pool.ts'

export interface TestDatabase {
  readonly url: string
  readonly pool: Pool
}

/**
 * A database of its own for the calling test file; call it at the top of the file: `const { url, pool } = await
 * testDatabase()`. It is dropped after the last test, whoever is still connected. `migrated: false` gives an empty one.
 */
export async function testDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const { adminUrl, template, prefix } = inject('postgres')
  const name = `${prefix}_${randomBytes(5).toString('hex')}`
  await administer(adminUrl, `create database ${name} template ${migrated ? template : 'template0'}`)
  const url = withDatabase(adminUrl, name)
  const pool = createPool({ url, applicationName: 'taskproc test' })
  afterAll(async () => {
    await pool.end()
    await administer(adminUrl, `drop database if exists ${name} with (force)`)
  })
  return { url, pool }
}

/** Runs `statement` on a connection of its own, outside of any transaction, and returns its rows. */
export async function administer(adminUrl: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = createClient({ url: adminUrl, applicationName: 'taskproc test' })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement)
    return rows
  } finally {
    await client.end()
  }
}

/**
 * `url` with another database. By hand, since `new URL` refuses the form for a unix socket, which has a user and no
 * host: `postgresql://user@/db?host=/dir`. A database named in the query would win over ours, so it is left out.
 */
export function withDatabase(url: string, name: string): string {
  const parts = /^(postgres(?:ql)?:\/\/[^/?#]*)(?:\/[^?#]*)?(?:\?([^#]*))?$/.exec(url)
  if (!parts?.[1])
    throw new Error('not a PostgreSQL URL of the form postgresql://[user@][host]/[database][?query]')
  if (!/^[a-z0-9_]+$/.test(name)) throw new Error(`a test database is named with a-z, 0-9 and _, not ${name}`)
  const query = (parts[2] ?? '').split('&').filter((pair) => pair && !/^(dbname|database)=/.test(pair))
  return `${parts[1]}/${name}${query.length > 0 ? `?${query.join('&')}` : ''}`
}
