// Settings that endanger tasks: those that a database can be given are given for real, the others are judged.
import { describe, expect, it } from 'vitest'
import { judgeServer, type ServerSettings } from '../../../src/db/doctor/server.ts'
import { createPool } from '../../../src/db/pool.ts'
import { testDatabase } from '../../support/database.ts'
import { atTestEnd } from '../../support/end.ts'
import { diagnose, namesOf, typeFix } from './diagnosis.ts'

const { url, pool } = await testDatabase()

/** As a session sees it that begins now. */
async function diagnoseAnew() {
  const fresh = createPool({ url, applicationName: 'taskproc test' })
  atTestEnd(() => fresh.end())
  return diagnose({ url, pool: fresh })
}

it.each([
  ['default_transaction_isolation', `'repeatable read'`, 'isolation level', 'error'],
  ['default_transaction_isolation', `'serializable'`, 'isolation level', 'error'],
  ['default_transaction_read_only', 'on', 'read only', 'error'],
  ['synchronous_commit', 'off', 'synchronous_commit is off', 'warning'],
  ['statement_timeout', `'1s'`, 'statement_timeout', 'warning'],
  ['statement_timeout', `'29s'`, 'statement_timeout', 'info'],
])('finds %s = %s, and tells how to mend it', async (setting, value, name, severity) => {
  const { rows } = await pool.query('select quote_ident(current_database()) as name')
  await pool.query(`alter role current_user in database ${rows[0].name} reset all`)
  await pool.query(`alter database ${rows[0].name} reset all`)
  await pool.query(`alter database ${rows[0].name} set ${setting} = ${value}`)
  const diagnosis = await diagnoseAnew()
  expect(diagnosis.findings).toMatchObject([{ name, severity }])
  const fresh = createPool({ url, applicationName: 'taskproc test', maxConnections: 1 })
  for (const finding of diagnosis.findings) await typeFix(fresh, finding)
  await fresh.end()
  expect(namesOf(await diagnoseAnew())).toEqual([])
})

describe('a server', () => {
  const settings: ServerSettings = {
    ...{ version: 150_004, is_in_recovery: false, is_read_only: false, fsync: 'on', full_page_writes: 'on' },
    ...{ synchronous_commit: 'on', isolation: 'read committed', statement_timeout_ms: 0, database: 'db' },
  }

  it.each([
    ['as it should be', {}, undefined, undefined],
    ['without fsync', { fsync: 'off' }, 'fsync is off', 'error'],
    ['with torn pages', { full_page_writes: 'off' }, 'full_page_writes is off', 'error'],
    ['that is a standby', { is_in_recovery: true, is_read_only: true }, 'standby', 'error'],
    ['that is old', { version: 140_012 }, 'old PostgreSQL', 'warning'],
    ['with a patient timeout', { statement_timeout_ms: 30_000 }, undefined, undefined],
  ])('%s', (_, changes, name, severity) => {
    const [finding, ...others] = judgeServer({ ...settings, ...changes })
    expect([finding?.name, finding?.severity, ...others]).toEqual([name, severity])
  })
})
