// The completer when the database fails: outages are waited out, and what is wrong with one outcome harms no other.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LIMITS } from '../../src/task/limits.ts'
import type { Settlement, Settling } from '../../src/task/settlement.ts'
import type { TaskId } from '../../src/task/task.ts'
import { completerOver, completion, completions, idsOf, sqlError, writtenOf } from './completer-store.ts'
import { claimOf } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const turn = () => vi.advanceTimersByTimeAsync(0)
const verbOf = ({ one, isOurs }: { one: Settling; isOurs: boolean }) => [
  one.claim.id,
  one.settlement.verb,
  isOurs,
]
const byId = (a: Settling, b: Settling) => Number(a.claim.id) - Number(b.claim.id)

describe('an outage', () => {
  it('is told of, and its end; what is sent again says so', async () => {
    let tries = 0
    const { completer, asked, events } = completerOver(async (batch) => {
      if (++tries <= 3) throw new Error('the connection ended')
      return writtenOf(batch)
    })
    completer.add(completion(1))
    await vi.runAllTimersAsync()
    expect(asked.map(({ resent }) => resent)).toEqual([false, true, true, true])
    expect(events.named('part.failed')).toHaveLength(3)
    expect(events.named('part.recovered')).toEqual([{ part: 'completer' }])
    completer.add(completion(2))
    await vi.runAllTimersAsync()
    expect(asked.at(-1)).toEqual({ ids: [2], resent: false })
  })

  it.each([
    ['nobody answers', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['the connection ended', new Error('Connection terminated unexpectedly')],
    ['the server is starting', sqlError('57P03')],
    ['the server takes no more connections', sqlError('53300')],
    ['the server is a replica', sqlError('25006')],
  ])('is no reason to send the outcomes one by one: %s', async (_, failure) => {
    let isAway = true
    const { completer, asked, events, inFlight } = completerOver(async (batch) => {
      if (isAway) throw failure
      return writtenOf(batch)
    })
    for (const one of completions(3 * LIMITS.settleRows)) completer.add(one)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked.length).toBeLessThan(60)
    expect(events.named('part.failed')).toHaveLength(asked.length)
    expect(inFlight.most).toBe(2)
    isAway = false
    asked.length = 0
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked.map(({ ids }) => ids.length)).toEqual([
      LIMITS.settleRows,
      LIMITS.settleRows,
      LIMITS.settleRows,
    ])
  })
})

describe('an outcome', () => {
  it('that cannot be stored becomes an error that says so, and its neighbours are written as they are', async () => {
    const { completer, reported, events } = completerOver(async (batch) => {
      if (batch.some(({ settlement }) => settlement.verb === 'complete' && settlement.result === 'bad'))
        throw sqlError('22P02')
      return writtenOf(batch)
    })
    for (const one of [completion(1), completion(2, 'bad'), completion(3)]) completer.add(one)
    await completer.flushed()
    const sorted = reported.toSorted((a, b) => byId(a.one, b.one))
    expect(sorted.map(verbOf)).toEqual([
      [1, 'complete', true],
      [2, 'fail', true],
      [3, 'complete', true],
    ])
    expect(sorted[1]?.one.settlement).toMatchObject({
      error: expect.stringMatching(/cannot be stored.*22P02/),
    })
    expect(events.named('part.failed')).toHaveLength(1)
  })

  it.each<[string, Settlement, string[], boolean]>([
    ['a result', { verb: 'complete', result: 'bad' }, ['complete', 'fail', 'release'], false],
    ['a delay', { verb: 'snooze', delayMs: 1e300 }, ['snooze', 'fail', 'release'], false],
    ['an error', { verb: 'fail', error: 'bad' }, ['fail', 'release'], false],
    ['a release', { verb: 'release' }, ['release'], false],
  ])(
    'of which nothing can be stored is given back, and at the worst given up: %s',
    async (_, settlement, verbs, isOurs) => {
      const sent: string[] = []
      const { completer, reported } = completerOver(async (batch) => {
        sent.push(...batch.map((one) => one.settlement.verb))
        throw sqlError('23514')
      })
      completer.add({ claim: claimOf(1), settlement, tookMs: 1 })
      await completer.flushed()
      expect(sent).toEqual(verbs)
      expect(reported.map((one) => one.isOurs)).toEqual([isOurs])
    },
  )

  it('whose error is refused is given back', async () => {
    const { completer, reported } = completerOver(async (batch) => {
      if (batch.some(({ settlement }) => settlement.verb === 'fail')) throw sqlError('22021')
      return writtenOf(batch)
    })
    completer.add({ claim: claimOf(1), settlement: { verb: 'fail', error: 'bad' }, tookMs: 1 })
    await completer.flushed()
    expect(reported.map(verbOf)).toEqual([[1, 'release', true]])
  })

  it('that was written before its neighbour was refused is not called lost', async () => {
    const done = new Set<TaskId>()
    const { completer, reported } = completerOver(async (batch, resent) => {
      // As the database: completions are committed by a statement of their own, and found again where they are resent.
      const completed = batch.filter(({ settlement }) => settlement.verb === 'complete')
      const written = writtenOf(completed.filter(({ claim }) => resent || !done.has(claim.id)))
      for (const id of written.keys()) done.add(id)
      if (batch.some(({ settlement }) => settlement.verb === 'snooze')) throw sqlError('22008')
      for (const one of batch) if (one.settlement.verb === 'fail') written.set(one.claim.id, 'error')
      return written
    })
    completer.add(completion(1))
    completer.add({ claim: claimOf(2), settlement: { verb: 'snooze', delayMs: 1e300 }, tookMs: 1 })
    await completer.flushed()
    expect(reported.map(verbOf).toSorted()).toEqual([
      [1, 'complete', true],
      [2, 'fail', true],
    ])
  })

  it('that does not come back holds up nobody else', async () => {
    const { completer, reported } = completerOver(async (batch) => {
      if (idsOf(batch).includes(1)) await new Promise(() => {})
      return writtenOf(batch)
    })
    completer.add(completion(1))
    await turn()
    for (const one of completions(9, 2)) {
      completer.add(one)
      await turn()
    }
    await vi.advanceTimersByTimeAsync(1_000)
    expect(reported).toHaveLength(9)
  })

  it.each([
    ['a limit', sqlError('54001')],
    ['a deadlock', sqlError('40P01')],
    ['a lock', sqlError('55P03')],
    ['a trigger', sqlError('P0001')],
    ['a damaged page', sqlError('XX001')],
    ['a statement timeout', sqlError('57014')],
    ['no answer', new Error('Query read timeout')],
  ])(
    'that fails again and again stands alone in the end, and its neighbours are written: %s',
    async (_, failure) => {
      const { completer, asked, reported, inFlight } = completerOver(async (batch) => {
        await new Promise((resolve) => setTimeout(resolve, 10))
        if (idsOf(batch).includes(2)) throw failure
        return writtenOf(batch)
      })
      for (const one of completions(100)) completer.add(one)
      await vi.advanceTimersByTimeAsync(30_000)
      expect(reported).toHaveLength(99)
      expect(asked.slice(0, 3).map(({ ids }) => ids.length)).toEqual([100, 100, 100])
      expect(asked[3]?.ids.length).toBe(50)
      expect(asked.at(-1)?.ids).toEqual([2])
      expect(inFlight.most).toBeLessThanOrEqual(2)
      completer.giveUp()
    },
  )
})
