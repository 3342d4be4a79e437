// Dead rows and autovacuum: a real table full of dead rows is found and mended; the rest is judged by its numbers.
import { describe, expect, it } from 'vitest'
import {
  type AutovacuumSettings,
  judgeAutovacuum,
  judgeUpkeep,
  readAutovacuum,
  type TableUpkeep,
} from '../../../src/db/doctor/vacuum.ts'
import { testDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { addProcess, addTasks } from '../fixtures.ts'
import { diagnose, namesOf, typeFix } from './diagnosis.ts'

const database = await testDatabase()
const { pool } = database

it('counts what the processes settled in the last three minutes', async () => {
  const settled = (heartbeat_at: string, steps: number[]) =>
    addProcess(pool, {
      heartbeat_at,
      counters: { settled: steps },
      state: 'stopped',
      stopped_at: heartbeat_at,
    })
  const { rows } = await pool.query('select to_jsonb(now()) as now')
  await settled(rows[0].now, [1_000, ...Array.from({ length: 18 }, () => 1)])
  await settled(rows[0].now, [5])
  await settled('2020-01-01T00:00:00Z', [7_000])
  await addProcess(pool)
  const settings = await readAutovacuum(pool)
  expect(settings).toMatchObject({ settled_lately: 23, autovacuum: true })
})

it('finds a table full of dead rows whose autovacuum is off', async () => {
  await pool.query('alter table taskproc.tasks set (autovacuum_enabled = off)')
  await addTasks(pool, 20_000, { run_at: '2999-01-01' })
  await pool.query('delete from taskproc.tasks')
  const found = await eventually('the server has counted them', async () => {
    const diagnosis = await diagnose(database)
    return diagnosis.named('dead rows').length > 0 && diagnosis
  })
  expect(namesOf(found)).toEqual(['autovacuum is off for a table', 'dead rows'])
  expect(found.named('dead rows')[0]?.evidence).toMatch(
    /^taskproc\.tasks: 20,000 dead rows beside 0 live, never vacuumed; autovacuum should begin at 2,000$/,
  )
  for (const finding of found.findings) await typeFix(pool, finding)
  await eventually('nothing is wrong', async () => (await diagnose(database)).findings.length === 0)
})

describe('by its numbers', () => {
  const table: TableUpkeep = {
    ...{ table: 'tasks', live: 1e6, dead: 0, vacuumed_seconds: 300, threshold: 22_000 },
    ...{ is_enabled: true, is_vacuuming: false, freeze_age: 1e8 },
  }
  const settings: AutovacuumSettings = {
    autovacuum: true,
    track_counts: true,
    freeze_max_age: 2e8,
    settled_lately: 0,
  }

  it.each([
    ['few dead rows', { dead: 10_000, threshold: 0 }, []],
    ['dead rows that autovacuum will take', { dead: 110_000 }, []],
    ['dead rows that it should have taken', { dead: 110_001 }, [['dead rows', 'warning']]],
    ['dead rows that were looked at lately', { dead: 200_000, vacuumed_seconds: 299 }, []],
    ['dead rows that are being taken away', { dead: 200_000, is_vacuuming: true }, []],
    [
      'dead rows that were never looked at',
      { dead: 200_000, vacuumed_seconds: null },
      [['dead rows', 'warning']],
    ],
    ['rows that should be frozen', { freeze_age: 4e8 + 1 }, [['wraparound', 'warning']]],
    ['rows near the wraparound', { freeze_age: 1.5e9 + 1 }, [['wraparound', 'error']]],
    ['a table that is left out', { is_enabled: false }, [['autovacuum is off for a table', 'warning']]],
  ] as const)('%s', (_, changes, expected) => {
    const findings = judgeUpkeep({ ...table, ...changes }, settings)
    expect(findings.map(({ name, severity }) => [name, severity])).toEqual(expected)
  })

  it('dead rows that the last minutes of work have left are on their way', () => {
    const busy = { ...settings, settled_lately: 30_000 }
    expect(judgeUpkeep({ ...table, dead: 170_000 }, busy)).toEqual([])
    expect(judgeUpkeep({ ...table, dead: 170_001 }, busy)).toHaveLength(1)
  })

  it('a server without autovacuum, or without the counts that it needs', () => {
    expect(judgeAutovacuum(settings)).toEqual([])
    expect(judgeAutovacuum({ ...settings, autovacuum: false })[0]).toMatchObject({ severity: 'error' })
    expect(judgeAutovacuum({ ...settings, track_counts: false })[0]?.fix).toBe(
      'alter system set track_counts = on;\nselect pg_reload_conf();',
    )
  })
})
