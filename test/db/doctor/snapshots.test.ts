// The oldest snapshot: who holds it, found in a real database and ended by the fix; and how old is too old.
import { describe, expect, it } from 'vitest'
import { judgeSnapshot } from '../../../src/db/doctor/snapshots.ts'
import { createClient } from '../../../src/db/pool.ts'
import type { HeldSnapshot } from '../../../src/db/snapshots.ts'
import { testDatabase } from '../../support/database.ts'
import { atTestEnd } from '../../support/end.ts'
import { diagnose, typeFix } from './diagnosis.ts'

const database = await testDatabase()
const { url, pool } = database

/** As many as a busy quarter of a minute has. */
const BURN = 'do $$ begin for i in 1..10001 loop perform pg_current_xact_id(); commit; end loop; end $$'

it('finds the idle transaction that holds it: pid, application, ages and statement', async () => {
  const holder = createClient({ url, applicationName: 'report of "June"' })
  holder.on('error', () => {})
  await holder.connect()
  atTestEnd(() => holder.end().catch(() => {}))
  await holder.query('begin isolation level repeatable read')
  const { rows } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid')
  expect((await diagnose(database)).named('old snapshot')).toEqual([])

  await pool.query(BURN)
  const [finding] = (await diagnose(database)).named('old snapshot')
  expect(finding?.severity).toBe('warning')
  expect(finding?.evidence).toMatch(
    new RegExp(
      `^session ${rows[0]?.pid} \\(report of "June", user \\w+\\), idle in transaction for .*last statement "select pg_backend_pid\\(\\) as pid", holds a snapshot: .* and 1\\d,\\d{3} transactions old`,
    ),
  )
  expect(finding?.fix).toContain('idle_in_transaction_session_timeout')
  if (finding !== undefined) await typeFix(pool, finding)
  await expect.poll(async () => (await diagnose(database)).named('old snapshot')).toEqual([])
})

describe('a held snapshot', () => {
  const held: HeldSnapshot = {
    ...{ pid: 7, holder: 'session', application: 'app', user: 'me', state: 'idle in transaction' },
    ...{ age_seconds: 59, state_seconds: 3, transactions: 9_999, query: 'select 1' },
  }
  const judge = (changes: Partial<HeldSnapshot>) => judgeSnapshot({ ...held, ...changes }, 'db')

  it.each([
    ['young and cheap', {}, undefined],
    ['old', { age_seconds: 60 }, 'warning'],
    ['in front of many', { transactions: 10_000 }, 'warning'],
    ['in front of a million', { transactions: 1_000_000 }, 'error'],
    ['of an age that nobody knows', { age_seconds: null }, undefined],
  ] as const)('that is %s', (_, changes, severity) => {
    expect(judge(changes)[0]?.severity).toBe(severity)
  })

  it.each([
    [
      'a session at work',
      { state: 'active' },
      /^select pg_terminate_backend\(7\); -- or let it come to its end$/,
    ],
    [
      'a prepared transaction',
      { holder: 'prepared transaction', pid: null, application: "o'gid" },
      /^rollback prepared 'o''gid';$/,
    ],
    [
      'a slot',
      { holder: 'replication slot', pid: null, application: 's', age_seconds: null, transactions: 20_000 },
      /^select pg_drop_replication_slot\('s'\);/,
    ],
    ['a standby', { holder: 'standby', transactions: 20_000 }, /-- on that standby$/],
  ] as const)('of %s is ended in its way', (_, changes, fix) => {
    const [finding] = judge({ age_seconds: 60, ...changes })
    expect(finding?.fix).toMatch(fix)
  })
})
