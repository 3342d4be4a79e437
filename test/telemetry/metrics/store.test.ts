// Metrics of the store: bounded in their labels, and absent where they could not be read.
import { describe, expect, it } from 'vitest'
import { boundedQueues, type StoreNumbers } from '../../../src/telemetry/metrics/store.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { readPage } from './page.ts'

type Queue = StoreNumbers['queues'][number]

function queue(name: string, changes: Partial<Queue> = {}): Queue {
  const counts = { pending: 0, in_progress: 0, done: 0, error: 0, cancelled: 0 }
  return { queue: name, ...counts, paused: false, oldest_pending_seconds: null, ...changes }
}

describe('queues', () => {
  it('are shown by themselves while they are few, also one that is named as the rest would be', () => {
    const few = [queue('b', { done: 1 }), queue('other', { done: 2 })]
    expect(boundedQueues(few).map(({ queue }) => queue)).toEqual(['other', 'b'])
  })

  it('are the hundred with the most tasks, and the sum of all others', () => {
    const many = Array.from({ length: 150 }, (_, n) =>
      queue(`q${n}`, { pending: n + 1, error: 1, oldest_pending_seconds: n }),
    )
    const shown = boundedQueues(many)
    expect(shown).toHaveLength(101)
    expect(shown[0]).toMatchObject({ queue: 'q149', pending: 150 })
    expect(shown.at(-1)).toEqual(
      queue('other', { pending: (50 * 51) / 2, error: 50, oldest_pending_seconds: 49 }),
    )
  })

  it('lose none of their tasks where one of many is named as the rest is', () => {
    const many = Array.from({ length: 150 }, (_, n) => queue(n === 149 ? 'other' : `q${n}`, { done: n + 1 }))
    const shown = boundedQueues(many)
    expect(new Set(shown.map(({ queue }) => queue)).size).toBe(shown.length)
    expect(shown.reduce((sum, { done }) => sum + done, 0)).toBe((150 * 151) / 2)
  })
})

describe('the store', () => {
  const numbers: StoreNumbers = {
    queues: [queue('mails', { pending: 2, oldest_pending_seconds: 1.5 }), queue('slow', { paused: true })],
    processes: [{ state: 'running' }, { state: 'running' }, { state: 'lost' }],
    postgres: '18.4',
  }

  async function pageWith(read: () => Promise<StoreNumbers>) {
    const metrics = createMetrics()
    metrics.watchStore('1.2.3', read)
    return readPage((await metrics.render()).body)
  }

  it('says of each of its numbers that it is not to be added up over processes', async () => {
    const metrics = createMetrics()
    metrics.watchStore('1.2.3', async () => numbers)
    const helps = (await metrics.render()).body.split('\n').filter((line) => line.startsWith('# HELP'))
    for (const name of ['tasks', 'oldest_pending_seconds', 'queue_paused', 'processes']) {
      const help = helps.find((line) => line.startsWith(`# HELP taskproc_${name} `))
      expect(help, name).toMatch(/the same from each process/)
    }
  })

  it('is told by queue, with who serves it and what it runs on', async () => {
    const { value, seriesOf } = await pageWith(async () => numbers)
    expect(value('taskproc_store_up')).toBe(1)
    expect(value('taskproc_tasks{queue="mails",status="pending"}')).toBe(2)
    expect(value('taskproc_oldest_pending_seconds{queue="mails"}')).toBe(1.5)
    expect(value('taskproc_oldest_pending_seconds{queue="slow"}')).toBe(0)
    expect(value('taskproc_queue_paused{queue="slow"}')).toBe(1)
    expect(value('taskproc_processes{state="running"}')).toBe(2)
    expect(value('taskproc_processes{state="draining"}')).toBe(0)
    expect(seriesOf('taskproc_build_info')).toEqual([
      `taskproc_build_info{node="${process.version}",postgres="18.4",version="1.2.3"}`,
    ])
  })

  it('is absent while it cannot be read, and says so', async () => {
    const { value, seriesOf } = await pageWith(() => Promise.reject(new Error('away')))
    expect(value('taskproc_store_up')).toBe(0)
    expect(seriesOf('taskproc_tasks')).toEqual([])
    expect(seriesOf('taskproc_build_info')).toHaveLength(1)
  })
})
