// What only the settings of a whole server can bring about: a server of our own with few connections, no autovacuum and
// no fsync, in which pg_stat_statements counts.
import { expect, it } from 'vitest'
import { claim } from '../../../src/db/claim.ts'
import { migrate } from '../../../src/db/migrate.ts'
import { createClient, createPool } from '../../../src/db/pool.ts'
import { settle } from '../../../src/db/settle.ts'
import { startEmbedded, stopEmbedded } from '../../../src/postgres/embedded.ts'
import { tempHome } from '../../postgres/home.ts'
import { sql } from '../../postgres/sql.ts'
import { atTestEnd } from '../../support/end.ts'
import { addProcess, addTasks, lane } from '../fixtures.ts'
import { diagnose, namesOf } from './diagnosis.ts'

const SETTINGS = {
  max_connections: '24',
  fsync: 'off',
  autovacuum: 'off',
  shared_preload_libraries: `'pg_stat_statements'`,
}

async function startOddServer(): Promise<string> {
  const home = tempHome()
  const { url } = await startEmbedded({ home })
  for (const [name, value] of Object.entries(SETTINGS)) await sql(url, `alter system set ${name} = ${value}`)
  await stopEmbedded({ home })
  const restarted = await startEmbedded({ home })
  await migrate(restarted.url)
  await sql(restarted.url, 'create extension pg_stat_statements')
  return restarted.url
}

it('finds what is odd about the server, slow statements, and that hardly a process fits any more', async () => {
  const url = await startOddServer()
  const pool = createPool({ url, applicationName: 'taskproc test' })
  atTestEnd(() => pool.end())
  const database = { url, pool }
  expect(namesOf(await diagnose(database))).toEqual(['autovacuum is off', 'fsync is off'])

  // 24, less 3 for superusers, less 10: room for one process of 6.
  const clients = Array.from({ length: 10 }, () => createClient({ url, applicationName: 'taskproc serve' }))
  atTestEnd(() => Promise.all(clients.map((client) => client.end())))
  for (const client of clients) await client.connect()
  expect((await diagnose(database)).named('connection budget')).toMatchObject([
    {
      severity: 'warning',
      evidence:
        '10 of 21 connections are used, 10 by taskproc. A process holds 6 (4 in its pool, 1 beats, 1 listens), whatever its --workers: 1 more process fits',
      fix: expect.stringContaining('alter system set max_connections = 84;'),
    },
  ])

  // A trigger that sleeps makes each claim and each settlement take 30 ms and more.
  await pool.query(`
    create function nap() returns trigger language plpgsql as $$ begin perform pg_sleep(0.03); return new; end $$;
    create trigger nap before update on taskproc.tasks for each row execute function nap()`)
  const me = await addProcess(pool)
  await addTasks(pool, 20)
  for (let round = 0; round < 20; round++) {
    const { claims } = await claim(pool, me, 1, [lane()])
    const settlement = { verb: 'complete', result: null } as const
    await settle(
      pool,
      'me',
      claims.map((each) => ({ claim: each, settlement, tookMs: 1 })),
    )
  }
  const { named } = await diagnose(database)
  expect(named('trigger on tasks')).toMatchObject([{ evidence: expect.stringContaining('nap') }])
  expect(named('slow claims')).toMatchObject([
    { severity: 'warning', evidence: expect.stringMatching(/^20 claims took \d+ ms each, for 1\.0 tasks;/) },
  ])
  expect(named('slow settlements')).toMatchObject([
    { evidence: expect.stringMatching(/^20 settlements took \d+ ms each, for 1\.0 tasks;/) },
  ])
})
