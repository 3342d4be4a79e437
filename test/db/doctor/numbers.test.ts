// Checks that are judged by numbers alone: clocks, and the size of tables and indexes.
import { describe, expect, it } from 'vitest'
import { judgeClock } from '../../../src/db/doctor/clock.ts'
import { judgeStored, type Stored } from '../../../src/db/doctor/disk.ts'
import { judgeMigrations } from '../../../src/db/doctor/migrations.ts'

describe('a clock', () => {
  const judge = (offset_ms: number, uncertainty_ms = 1, shortest_lease_ms: number | null = null) =>
    judgeClock({ offset_ms, uncertainty_ms, shortest_lease_ms })[0]

  it.each([
    ['that agrees', 900, undefined],
    ['that is off', -1_002, 'info'],
    ['that is off by more than a lease', 15_002, 'warning'],
  ])('%s', (_, offset, severity) => {
    expect(judge(offset)?.severity).toBe(severity)
  })

  it('is measured against the shortest lease that there is, and no finer than the way to the server allows', () => {
    expect(judge(5_002, 1, 5_000)?.severity).toBe('warning')
    expect(judge(5_002, 4_500)).toBeUndefined()
  })

  it('is ahead or behind', () => {
    expect(judge(3_600_000)?.evidence).toMatch(
      /^the clock of this machine is 1 h ahead of the database's \(a lease is 15 s\)/,
    )
    expect(judge(-3_600_000)?.evidence).toMatch(/is 1 h behind the database's/)
  })
})

describe('what is stored', () => {
  const MB = 1024 * 1024
  const index: Stored = {
    type: 'index',
    name: 'tasks_claim',
    bytes: 100 * MB,
    rows: 1_000,
    needed_bytes: 20 * MB,
  }

  it.each([
    ['an airy index', {}, 'warning'],
    ['an airy table', { type: 'table' }, 'info'],
    ['an index that is as large as it should be', { needed_bytes: 21 * MB }, undefined],
    ['a small one, however airy', { bytes: 60 * MB, needed_bytes: 0 }, undefined],
    ['one that was never analysed', { rows: null, needed_bytes: null }, undefined],
  ] as const)('%s', (_, changes, severity) => {
    expect(judgeStored({ ...index, ...changes })[0]?.severity).toBe(severity)
  })
})

describe('a schema', () => {
  const state = { applied: ['0001_a'], pending: [], unknown: [] }

  it.each([
    ['that is current', { state: 'current' }, undefined, undefined],
    ['that is missing', { state: 'missing' }, /not migrated/, 'taskproc migrate'],
    ['that is old', { state: 'old', pending: ['0002_b'] }, /not applied: 0002_b/, 'taskproc migrate'],
    [
      'that is newer',
      { state: 'newer', unknown: ['0009_z'] },
      /0009_z/,
      'Update taskproc to the version that migrated this database.',
    ],
  ] as const)('%s', (_, changes, evidence, fix) => {
    const [finding] = judgeMigrations({
      ...state,
      ...changes,
      pending: [...('pending' in changes ? changes.pending : [])],
      unknown: [...('unknown' in changes ? changes.unknown : [])],
    })
    expect(finding?.fix).toBe(fix)
    if (evidence !== undefined) expect(finding?.evidence).toMatch(evidence)
  })
})
