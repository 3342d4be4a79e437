// Who stands between us and the server: nobody, PgBouncer in transaction mode, PgBouncer in session mode; and what is heard.
import { describe, expect, it } from 'vitest'
import { examine } from '../../../src/db/doctor/examine.ts'
import { judgePath } from '../../../src/db/doctor/pooler.ts'
import { createPool } from '../../../src/db/pool.ts'
import { startPgBouncer } from '../../flow/pgbouncer.ts'
import { testDatabase } from '../../support/database.ts'
import { atTestEnd } from '../../support/end.ts'

const { url } = await testDatabase()
const other = await testDatabase({ migrated: false })

/** What doctor says of notifications by this way. */
async function notifications(databaseUrl: string, listenUrl?: string) {
  const pool = createPool({ url: databaseUrl, applicationName: 'taskproc test' })
  atTestEnd(() => pool.end())
  const subject = { pool, listenUrl: listenUrl ?? databaseUrl, hasListenUrl: listenUrl !== undefined }
  const { findings, checks } = await examine(subject)
  const { ok, note } = checks.find(({ name }) => name === 'notifications') ?? {}
  return { findings, ok, note }
}

it('sees that nobody is in the way', async () => {
  const expected = { findings: [], ok: true, note: 'heard; no pooler in the path' }
  expect(await notifications(url)).toEqual(expected)
})

it('finds a transaction pooler by its two backends, and a direct way beside it is enough', async (context) => {
  const pooled = await startPgBouncer(url, context)
  const { findings, ok } = await notifications(pooled)
  expect(ok).toBe(false)
  expect(findings).toMatchObject([
    {
      name: 'transaction pooler',
      severity: 'warning',
      evidence: expect.stringMatching(
        /two transactions of one connection ran on the backends (\d+) and (?!\1)\d+\. .* polling/,
      ),
      fix: expect.stringContaining('LISTEN_DATABASE_URL='),
    },
  ])
  expect(await notifications(pooled, url)).toEqual({
    ...{ findings: [], ok: true, note: 'heard by LISTEN_DATABASE_URL; a transaction pooler in the path' },
  })
})

it('finds one that has a single connection, by having to wait', async (context) => {
  const { findings } = await notifications(await startPgBouncer(url, context, { poolSize: 1 }))
  expect(findings).toMatchObject([
    { name: 'transaction pooler', evidence: expect.stringContaining('had to wait for another') },
  ])
})

it('takes a session pooler for what it is', async (context) => {
  const pooled = await startPgBouncer(url, context, { poolMode: 'session' })
  expect(await notifications(pooled)).toEqual({
    ...{ findings: [], ok: true, note: 'heard; a session pooler in the path' },
  })
})

it('finds that LISTEN_DATABASE_URL leads elsewhere', async () => {
  const { findings } = await notifications(url, other.url)
  expect(findings).toMatchObject([{ name: 'notifications not heard', severity: 'warning' }])
})

describe('a way', () => {
  const path = { pooling: 'none', seen: '', hears: true, hasListenUrl: false } as const

  it.each([
    ['that is heard', {}, []],
    ['that is heard past a pooler', { pooling: 'transaction', hasListenUrl: true }, []],
    ['through a pooler', { pooling: 'transaction', hears: null }, ['transaction pooler']],
    ['that is deaf for no reason that is seen', { hears: false }, ['transaction pooler']],
  ] as const)('%s', (_, changes, names) => {
    expect(judgePath({ ...path, ...changes }).map(({ name }) => name)).toEqual(names)
  })
})
