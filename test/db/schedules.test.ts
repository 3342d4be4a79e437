// Schedules: stored, replaced without losing a tick, and each tick taken once, whoever reaches for it.
import { beforeEach, describe, expect, it } from 'vitest'
import {
  type NewSchedule,
  putSchedule,
  readClockMs,
  readSchedules,
  readTicks,
  removeSchedule,
  type Tick,
  takeTick,
} from '../../src/db/schedules.ts'
import { fallAsleep } from '../../src/db/sleepers.ts'
import { testDatabase } from '../support/database.ts'
import { addProcess, addTask, deleteAll, readTasks } from './fixtures.ts'
import { listenToActs } from './heard.ts'

const { url, pool } = await testDatabase()
const heardDuring = await listenToActs(url, pool)

beforeEach(async () => {
  await deleteAll(pool)
  await pool.query('delete from taskproc.schedules')
})

const DUE = '2020-01-01T03:00:00.000Z'
const LATER = '2999-01-01T03:00:00.000Z'

function schedule(changes: Partial<NewSchedule> = {}): NewSchedule {
  return {
    name: 'nightly',
    cron: '0 3 * * *',
    timezone: 'UTC',
    kind: 'report',
    payload: { pages: [1, null] },
    queue: 'reports',
    priority: -5,
    max_attempts: 7,
    next_at: DUE,
    ...changes,
  }
}

async function tickOf(changes: Partial<NewSchedule> = {}): Promise<Tick> {
  await putSchedule(pool, schedule(changes))
  const { ticks } = await readTicks(pool, 0)
  const [tick] = ticks
  if (tick === undefined) throw new Error('no tick is due')
  return tick
}

it('are stored as they were given', async () => {
  const stored = {
    ...schedule(),
    next_at: '2020-01-01T03:00:00Z',
    last_at: null,
    created_at: expect.stringMatching(/^2\d{3}-.*Z$/),
  }
  expect(await putSchedule(pool, schedule())).toMatchObject(stored)
  const other = schedule({ name: 'another', payload: null, next_at: null })
  await putSchedule(pool, other)
  expect(await readSchedules(pool)).toEqual([{ ...stored, ...other }, stored])
})

it.each([null, 'text', 7, [], false])('keep the payload %j', async (payload) => {
  expect(await putSchedule(pool, schedule({ payload }))).toMatchObject({ payload })
})

describe('replaced by one of the same name', () => {
  it('keep a tick that is due, while cron line and time zone stay as they were', async () => {
    await putSchedule(pool, schedule())
    const changed = schedule({
      kind: 'other',
      payload: 1,
      queue: 'q',
      priority: 1,
      max_attempts: 1,
      next_at: LATER,
    })
    expect(await putSchedule(pool, changed)).toMatchObject({ ...changed, next_at: '2020-01-01T03:00:00Z' })
    expect(await readSchedules(pool)).toHaveLength(1)
  })

  it.each([{ cron: '0 4 * * *' }, { timezone: 'Europe/Berlin' }])('begin anew with %j', async (change) => {
    await putSchedule(pool, schedule())
    const replaced = await putSchedule(pool, schedule({ ...change, next_at: LATER }))
    expect(replaced).toMatchObject({ ...change, next_at: '2999-01-01T03:00:00Z' })
  })
})

it('are removed by their name, once', async () => {
  await putSchedule(pool, schedule())
  expect(await removeSchedule(pool, 'other')).toBe(false)
  expect(await removeSchedule(pool, 'nightly')).toBe(true)
  expect(await removeSchedule(pool, 'nightly')).toBe(false)
  expect(await readSchedules(pool)).toEqual([])
})

it('say that they changed', async () => {
  const acts = async () => {
    await putSchedule(pool, schedule())
    await putSchedule(pool, schedule())
    await removeSchedule(pool, 'nightly')
    await removeSchedule(pool, 'nightly')
  }
  expect(await heardDuring(acts)).toEqual(['schedule', 'schedule', 'schedule'])
})

describe('their ticks', () => {
  it('are read up to a time, the earliest first, with the clock of the database', async () => {
    const nowMs = await readClockMs(pool)
    expect(Math.abs(nowMs - Date.now())).toBeLessThan(60_000)
    const at = (ms: number) => new Date(nowMs + ms).toISOString()
    await putSchedule(pool, schedule({ name: 'later', next_at: at(3_600_000) }))
    await putSchedule(pool, schedule({ name: 'soon', next_at: at(600_000) }))
    await putSchedule(pool, schedule({ name: 'due', next_at: DUE }))
    await putSchedule(pool, schedule({ name: 'never', next_at: null }))
    const { ticks } = await readTicks(pool, 1_800_000)
    expect(ticks.map(({ name }) => name)).toEqual(['due', 'soon'])
    expect(ticks[0]).toMatchObject({ cron: '0 3 * * *', timezone: 'UTC', tickMs: Date.parse(DUE) })
    expect((await readTicks(pool, 0)).ticks).toHaveLength(1)
  })

  it('are none where there is no schedule, and the clock goes on', async () => {
    expect(await readTicks(pool, 1_000)).toEqual({ nowMs: expect.any(Number), ticks: [] })
  })

  it('become a task that is due at the tick, and move the schedule on', async () => {
    const taken = await takeTick(pool, await tickOf(), LATER)
    const [task] = await readTasks(pool)
    expect(taken).toEqual({ id: task?.id })
    expect(task).toMatchObject({
      ...{ kind: 'report', payload: { pages: [1, null] }, queue: 'reports', priority: -5, max_attempts: 7 },
      ...{ unique_key: 'schedule:nightly:2020-01-01T03:00:00Z', run_at: '2020-01-01T03:00:00+00:00' },
    })
    expect(await readSchedules(pool)).toMatchObject([
      { next_at: '2999-01-01T03:00:00Z', last_at: '2020-01-01T03:00:00Z' },
    ])
  })

  it('are taken once, by the first of many', async () => {
    const tick = await tickOf()
    const taken = await Promise.all(Array.from({ length: 20 }, () => takeTick(pool, tick, LATER)))
    expect(taken.filter((one) => one !== undefined)).toHaveLength(1)
    expect(await readTasks(pool)).toHaveLength(1)
  })

  it('may be the last', async () => {
    await takeTick(pool, await tickOf(), null)
    expect(await readSchedules(pool)).toMatchObject([{ next_at: null, last_at: '2020-01-01T03:00:00Z' }])
    expect((await readTicks(pool, 1_000)).ticks).toEqual([])
  })

  it.each([{ cron: '0 4 * * *' }, { timezone: 'Europe/Berlin' }, { next_at: LATER, cron: '1 3 * * *' }])(
    'are not taken when the schedule has become %j meanwhile',
    async (change) => {
      const tick = await tickOf()
      await putSchedule(pool, schedule(change))
      expect(await takeTick(pool, tick, LATER)).toBeUndefined()
      expect(await readTasks(pool)).toEqual([])
    },
  )

  it('are not taken when the schedule is gone', async () => {
    const tick = await tickOf()
    await removeSchedule(pool, 'nightly')
    expect(await takeTick(pool, tick, LATER)).toBeUndefined()
    expect(await readTasks(pool)).toEqual([])
  })

  it('are over also where a live task has their key already', async () => {
    await addTask(pool, { unique_key: 'schedule:nightly:2020-01-01T03:00:00Z' })
    expect(await takeTick(pool, await tickOf(), LATER)).toEqual({ id: null })
    expect(await readTasks(pool)).toHaveLength(1)
    expect(await readSchedules(pool)).toMatchObject([{ next_at: '2999-01-01T03:00:00Z' }])
  })

  it('wake who sleeps for their queue', async () => {
    await fallAsleep(pool, await addProcess(pool), ['reports'], 60_000)
    const tick = await tickOf()
    expect(await heardDuring(() => takeTick(pool, tick, LATER))).toContain('work reports')
  })

  it('that fall between two microseconds are still the fence', async () => {
    await putSchedule(pool, schedule())
    await pool.query(`update taskproc.schedules set next_at = '2020-01-01 03:00:00.123457Z'`)
    const [tick] = (await readTicks(pool, 0)).ticks
    expect(tick && (await takeTick(pool, tick, LATER))).toBeDefined()
  })
})

it.each([
  { name: '' },
  { name: 'n'.repeat(129) },
  { kind: '' },
  { queue: 'q'.repeat(129) },
  { cron: '' },
  { max_attempts: 0 },
])('with %j are refused by the table', async (change) => {
  await expect(putSchedule(pool, schedule(change))).rejects.toMatchObject({ code: '23514' })
})
