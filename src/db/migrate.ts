// The schema: which migrations the program brings, which the database has, and applying what is missing.
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeOf, EXIT, ExpectedError } from '../errors.ts'
import type { Db } from './db.ts'
import { connectionError, createClient } from './pool.ts'

/** Plain SQL, forward only, applied in the order of their names. */
const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))

export interface SchemaState {
  state: 'current' | 'missing' | 'old' | 'newer'
  applied: string[]
  pending: string[]
  /** In the database but not in this program: it was migrated by a newer one. */
  unknown: string[]
}

/** Compares the program's migrations with the database's. Reads only. */
export async function readSchemaState(db: Db): Promise<SchemaState> {
  const brought = (await readdir(MIGRATIONS))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => basename(file, '.sql'))
  const applied = await appliedMigrations(db).catch((thrown: unknown) => {
    throw permissionError(thrown) ?? thrown
  })
  const pending = brought.filter((name) => !applied.includes(name))
  const unknown = applied.filter((name) => !brought.includes(name))
  const state =
    unknown.length > 0 ? 'newer' : applied.length === 0 ? 'missing' : pending.length > 0 ? 'old' : 'current'
  return { state, applied, pending, unknown }
}

async function appliedMigrations(db: Db): Promise<string[]> {
  const table = await db.query<{ found: boolean }>(
    `select to_regclass('taskproc.migrations') is not null as found`,
  )
  if (!table.rows[0]?.found) return []
  const { rows } = await db.query<{ name: string }>('select name from taskproc.migrations order by id')
  return rows.map((row) => row.name)
}

/**
 * Throws, with what to do, unless the database has exactly the program's schema. `name` and `hint` are for one that has
 * none, which may be another than the user means.
 */
export async function requireCurrentSchema(
  db: Db,
  name = 'the database',
  hint = 'Run: taskproc migrate',
): Promise<void> {
  const { state, pending, unknown } = await readSchemaState(db)
  if (state === 'missing') throw new ExpectedError(`${name} has no taskproc schema`, hint)
  if (state === 'old') {
    throw new ExpectedError(
      `the schema is older than this program (missing: ${pending.join(', ')})`,
      'Run: taskproc migrate',
    )
  }
  if (state === 'newer') throw newerSchema(unknown)
}

function newerSchema(unknown: string[]): ExpectedError {
  const message = `the schema is newer than this program (it has ${unknown.join(', ')})`
  return new ExpectedError(message, 'Update taskproc to the version that migrated this database.')
}

/**
 * Applies what is missing, in one transaction, and returns the names. Safe when several run at once: a session lock
 * makes the others wait, and they find nothing left to do. `dryRun` returns the names and changes nothing.
 */
export async function migrate(databaseUrl: string, { dryRun = false } = {}): Promise<{ applied: string[] }> {
  const client = createClient({ url: databaseUrl, applicationName: 'taskproc migrate', answerTimeoutMs: 0 })
  client.on('error', () => {})
  try {
    await client.connect().catch((thrown: unknown) => {
      throw connectionError(thrown, databaseUrl) ?? thrown
    })
    const before = await readSchemaState(client)
    if (before.state === 'newer') throw newerSchema(before.unknown)
    if (dryRun || before.state === 'current') return { applied: dryRun ? before.pending : [] }
    const { runner } = await import('node-pg-migrate')
    const done = await runner({
      dbClient: client,
      dir: join(MIGRATIONS, '*.sql'),
      useGlob: true,
      direction: 'up',
      singleTransaction: true,
      migrationsTable: 'migrations',
      migrationsSchema: 'taskproc',
      createMigrationsSchema: true,
      advisoryLockMode: 'wait',
      log: () => {},
    })
    return { applied: done.map((migration) => migration.name) }
  } catch (thrown) {
    throw permissionError(thrown) ?? thrown
  } finally {
    await client.end().catch(() => {})
  }
}

/** SQLSTATE: insufficient privilege, read-only transaction. */
const FORBIDDEN = ['42501', '25006']

function permissionError(thrown: unknown): ExpectedError | undefined {
  if (!(thrown instanceof Error) || !FORBIDDEN.includes(codeOf(thrown))) return undefined
  const hint = 'Use a user that owns the schema taskproc, or may create it, on a server that accepts writes.'
  return new ExpectedError(`cannot use the schema: ${thrown.message}`, hint, EXIT.operational, thrown)
}
