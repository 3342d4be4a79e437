// Processes that are late, that nobody rescues, and that were lost; leases that are short for what is seen.
import { beforeEach, describe, expect, it } from 'vitest'
import { type Beating, judgeBeat } from '../../../src/db/doctor/leases.ts'
import { testDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { addClaimed, addProcess, addTask, deleteAll } from '../fixtures.ts'
import { diagnose } from './diagnosis.ts'

const database = await testDatabase()
const { pool } = database

beforeEach(() => deleteAll(pool))

async function time(offset: string): Promise<string> {
  const { rows } = await pool.query<{ at: string }>(`select to_jsonb(now() + $1::interval) #>> '{}' as at`, [
    offset,
  ])
  return rows[0]?.at ?? ''
}

it('finds processes that were lost in the last hour', async () => {
  for (const [name, offset] of [
    ['a', '-2 min'],
    ['b', '-30 min'],
    ['c', '-2 hours'],
  ] as const)
    await addProcess(pool, { name, state: 'lost', stopped_at: await time(offset) })
  const { findings } = await diagnose(database)
  expect(findings).toMatchObject([
    {
      ...{ name: 'lost processes', severity: 'warning' },
      evidence: expect.stringMatching(
        /^2 processes in the last hour \(a 2 min[^,]* ago, b 30 min[^,]* ago\): .*never came back/,
      ),
    },
  ])
})

describe('one lost process', () => {
  it.each([
    ['that held nothing', {}, 'info'],
    ['that held a task', { running: 1 }, 'warning'],
    ['that had a task waiting', { waiting: 1 }, 'warning'],
  ])('%s', async (_, columns, severity) => {
    await addProcess(pool, { ...columns, state: 'lost', stopped_at: await time('-1 min') })
    expect((await diagnose(database)).findings).toMatchObject([{ name: 'lost processes', severity }])
  })

  it('held nothing any more, where it has settled it since its last beat', async () => {
    const at = { heartbeat_at: await time('-3 min'), claims_since: await time('-4 min') }
    const columns = { ...at, running: 1, state: 'lost', stopped_at: await time('-1 min') }
    const id = await addProcess(pool, columns)
    const claimed = { claimed_by: id, claimed_at: await time('-3 min'), claim_number: 1, attempts: 1 }
    await addTask(pool, { ...claimed, status: 'done', finished_at: await time('-2 min') })
    expect((await diagnose(database)).findings).toMatchObject([{ name: 'lost processes', severity: 'info' }])
  })

  it('is not said to be out of memory, where it is a remote worker', async () => {
    await addProcess(pool, { name: 'mine', pid: 0, state: 'lost', stopped_at: await time('-1 min') })
    const [finding, ...others] = (await diagnose(database)).findings
    expect(others).toEqual([])
    expect(finding?.evidence).toMatch(/^1 process in the last hour \(mine .*goodbye/)
    expect(`${finding?.evidence} ${finding?.fix}`).not.toMatch(/memory/i)
  })
})

it('tells who was lost and yet alive from who died', async () => {
  const me = { name: 'busy', pid: 42, pid_proof: 'machine 1', lease_ms: 20_000 }
  await addProcess(pool, { ...me, state: 'lost', stopped_at: await time('-1 min') })
  await addProcess(pool, me)
  await addProcess(pool, { ...me, name: 'dead', state: 'lost', stopped_at: await time('-1 min') })
  await addProcess(pool, { ...me, name: 'dead', pid_proof: 'machine 2' })
  const diagnosis = await diagnose(database)
  expect(diagnosis.named('lost and came back')).toMatchObject([
    {
      fix: 'taskproc serve --lease 40s',
      evidence: expect.stringMatching(/\(busy 1 min.* ago\): .*yet alive/),
    },
  ])
  expect(diagnosis.named('lost processes')).toMatchObject([
    { evidence: expect.stringMatching(/\(dead 1 min.* ago\)/) },
  ])
})

it('finds a beat from a time that is still to come', async () => {
  await addProcess(pool, { heartbeat_at: await time('1 hour') })
  expect((await diagnose(database)).findings).toMatchObject([
    {
      name: 'clock set back',
      severity: 'warning',
      evidence: expect.stringMatching(/beat (1 h|59 min \d+ s) ahead of now/),
    },
  ])
})

it('counts what a dead process holds by the rows, whatever its last beat told', async () => {
  const id = await addProcess(pool, { name: 'dead', lease_ms: 100, running: 3, waiting: 3 })
  await addClaimed(pool, id, 4)
  await pool.query(
    `update taskproc.processes set heartbeat_at = now() - interval '1 min', claims_since = '-infinity'`,
  )
  // Nobody is late before the server has been up for a while.
  const [finding] = await eventually('nobody to rescue', async () => {
    const found = (await diagnose(database)).named('nobody rescues')
    return found.length > 0 && found
  })
  expect(finding).toMatchObject({ severity: 'error', evidence: expect.stringMatching(/\(4 tasks\)$/) })
})

describe('a process', () => {
  const process: Beating = { id: 1, name: 'p', lease_ms: 15_000, silent_ms: 5_000, held: 3 }

  it.each([
    ['that beats in time', {}, undefined, undefined],
    ['that has missed a beat', { silent_ms: 10_001 }, 'late beat', 'warning'],
    ['whose lease is over, and others may rescue', { silent_ms: 20_000 }, 'late beat', 'warning'],
    ['whose lease is over, and nobody rescues', { silent_ms: 20_001 }, 'nobody rescues', 'error'],
    [
      'whose lease is over, and that held nothing',
      { silent_ms: 20_001, held: 0 },
      'nobody rescues',
      'warning',
    ],
    ['with a short lease', { lease_ms: 4_000, silent_ms: 1_000 }, 'short lease', 'info'],
    ['a little ahead', { silent_ms: -900 }, undefined, undefined],
  ] as const)('%s', (_, changes, name, severity) => {
    const [finding] = judgeBeat({ ...process, ...changes })
    expect([finding?.name, finding?.severity]).toEqual([name, severity])
  })
})
