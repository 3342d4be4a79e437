// The connection budget: what a process really holds, and how many fit.
import { expect, it } from 'vitest'
import {
  CONNECTIONS_PER_PROCESS,
  type ConnectionUse,
  judgeConnections,
  processesThatFit,
} from '../../../src/db/doctor/connections.ts'
import { serving } from '../../flow/serving.ts'
import { become, put } from '../../flow/table.ts'
import { testDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'

const { url, pool } = await testDatabase()

const use: ConnectionUse = {
  ...{ max_connections: 100, reserved: 3, used: 37, ours: 12 },
  ...{ database_limit: null, database_used: 30, role_limit: null, role_used: 30 },
}

it('is kept by a process with many workers under load', async () => {
  const process = await serving(url, { settings: { workers: 50, fetchLimit: 100 } })
  await put(pool, { kind: 'noop' }, 2_000)
  await become(pool, { done: 2_000 })
  // Its beats and its ears may come up after all is done.
  const names = await eventually('it beats and listens', async () => {
    const names = await connections()
    const isOf = (part: string) => names.filter((name) => name.startsWith(`taskproc ${part} `)).length === 1
    return isOf('beat') && isOf('listen') && names
  })
  expect(names.length).toBeLessThanOrEqual(CONNECTIONS_PER_PROCESS)
  process.signal('SIGTERM')
  await process.exit
})

async function connections(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select application_name as name from pg_stat_activity
     where datname = current_database() and application_name like 'taskproc %' and application_name <> 'taskproc test'`,
  )
  return rows.map(({ name }) => name)
}

it.each([
  ['of the server', {}, 10],
  ['of the server, when it is full', { used: 97 }, 0],
  ['of the database', { database_limit: 40 }, 1],
  ['of the role', { role_limit: 41 }, 1],
  ['of the role, when it is more than the server has', { role_limit: 1_000 }, 10],
])('ends at the limit %s', (_, changes, fit) => {
  expect(processesThatFit({ ...use, ...changes })).toBe(fit)
})

it('is a warning where a deployment would not find room', () => {
  expect(judgeConnections({ ...use, used: 85 })).toEqual([])
  const [finding] = judgeConnections({ ...use, used: 86 })
  expect(finding?.evidence).toMatch(
    /^86 of 97 connections are used, 12 by taskproc\..*: 1 more process fits$/,
  )
  expect(judgeConnections({ ...use, role_limit: 30 })[0]?.fix).toBe(
    'alter role current_user connection limit -1;',
  )
})
