// Before all tests: finds or starts a PostgreSQL, and migrates the template that each test file clones. After them: undoes it.
import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/db/migrate.ts'
import { buildIfStale } from './build.ts'
import { administer, withDatabase } from './database.ts'
import type { PostgresServer } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: {
      /** A database from which others can be created and dropped. */
      adminUrl: string
      /** The migrated database to clone; it accepts no connections. */
      template: string
      /** How the names of all databases of this run begin. */
      prefix: string
    }
  }
}

let undo: (() => Promise<void>) | undefined

export async function setup(project: TestProject): Promise<void> {
  await buildIfStale()
  const server = await findServer()
  const prefix = `taskproc_test_${randomBytes(4).toString('hex')}`
  undo = async () => {
    await dropDatabases(server.url, prefix).finally(() => server.stop())
  }
  try {
    const [row] = await administer(server.url, 'show server_version')
    process.stderr.write(`The tests run on PostgreSQL ${row?.['server_version']}, ${server.kind}.\n`)
    const template = await makeTemplate(server.url, prefix)
    project.provide('postgres', { adminUrl: server.url, template, prefix })
  } catch (thrown) {
    await teardown()
    throw thrown
  }
}

export async function teardown(): Promise<void> {
  await undo?.()
  undo = undefined
}

async function findServer(): Promise<PostgresServer> {
  const url = process.env['TEST_DATABASE_URL']
  if (url) return { kind: 'the one of TEST_DATABASE_URL', url, stop: async () => {} }
  const kind = process.env['TEST_POSTGRES'] ?? 'embedded'
  // Loaded on demand: testcontainers alone takes as long to load as the embedded server to start.
  if (kind === 'embedded') return (await import('./embedded.ts')).startEmbeddedServer()
  if (kind === 'container') return (await import('./container.ts')).startContainer()
  throw new Error(`TEST_POSTGRES is "${kind}": set it to "embedded" or "container", or unset it`)
}

/** A connection to a template would make `create database` fail, so none is let in once it is migrated. */
async function makeTemplate(adminUrl: string, prefix: string): Promise<string> {
  const template = `${prefix}_template`
  await administer(adminUrl, `create database ${template} template template0 encoding 'UTF8'`)
  await migrate(withDatabase(adminUrl, template))
  await administer(adminUrl, `alter database ${template} with allow_connections false`)
  return template
}

/** The template, and what test files left behind that were interrupted. */
async function dropDatabases(adminUrl: string, prefix: string): Promise<void> {
  const rows = await administer(
    adminUrl,
    `select datname from pg_database where starts_with(datname, '${prefix}')`,
  )
  for (const { datname } of rows)
    await administer(adminUrl, `drop database if exists ${datname} with (force)`)
}
