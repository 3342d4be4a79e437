// The fetcher with room and work: never more than there is room for, and errors retried.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fetcherOver } from './fetcher-store.ts'
import { deferred } from './fixtures.ts'

const HOUR_MS = 3_600_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Everything that can happen without time passing. */
const settle = () => vi.advanceTimersByTimeAsync(0)

describe('fetcher', () => {
  it('never asks for more than there is room for, nor for more than its limit', async () => {
    const rooms = fc.array(
      fc.record({ leave: fc.nat({ max: 12 }), waiting: fc.boolean(), enqueue: fc.nat({ max: 20 }) }),
      { maxLength: 15 },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 12 }),
        rooms,
        fc.array(fc.nat({ max: 4 }), { minLength: 1 }),
        async (capacity, fetchLimit, steps, trickle) => {
          const { store, fetcher } = fetcherOver({ capacity, fetchLimit, pending: 5 })
          store.onStep = (step) => {
            store.pending += step < 200 ? (trickle[step % trickle.length] ?? 0) : 0
          }
          fetcher.start()
          for (const { leave, waiting, enqueue } of steps) {
            store.waiting = waiting ? 1 : 0
            store.pending += enqueue
            store.held = Math.max(0, store.held - leave)
            fetcher.roomMade()
            await vi.advanceTimersByTimeAsync(60)
            expect(store.held).toBeLessThanOrEqual(capacity)
          }
          for (const { limit, room } of store.asked) {
            expect(limit).toBeGreaterThan(0)
            expect(limit).toBeLessThanOrEqual(Math.min(room, fetchLimit))
          }
          await fetcher.stop()
        },
      ),
      { numRuns: 50 },
    )
  })

  it('asks only for the rest of its room when more comes while it looks', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 10, pending: 1 })
    const arrivals = [
      { at: 'fallAsleep', tasks: 1 },
      { at: 'claim', tasks: 20 },
    ]
    store.onStep = () => {
      const [next] = arrivals
      if (store.pending > 0 || next?.at !== store.calls.at(-1)) return
      store.pending = next?.tasks ?? 0
      arrivals.shift()
    }
    fetcher.start()
    await settle()
    const limits = store.asked.map(({ limit }) => limit)
    expect(limits.slice(-2)).toEqual([9, 8])
    expect(store.held).toBe(10)
    await fetcher.stop()
  })

  it('looks again at once after a full claim, until a claim is not full', async () => {
    const { store, fetcher } = fetcherOver({ pending: 35 })
    fetcher.start()
    await settle()
    expect(store.held).toBe(35)
    expect(store.asked.slice(0, 3).map(({ limit }) => limit)).toEqual([10, 10, 10])
    await fetcher.stop()
  })

  it('waits for room without polling, and asks as soon as there is some', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 10, pending: 40 })
    store.waiting = 5
    fetcher.start()
    await settle()
    const looks = () => store.calls.filter((call) => call !== 'releaseStrays').length
    const before = looks()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    fetcher.wake()
    fetcher.roomMade()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(looks()).toBe(before)
    store.held -= 5
    fetcher.roomMade()
    await settle()
    expect(store.asked.at(-1)).toEqual({ limit: 5, room: 5 })
    await fetcher.stop()
  })

  it('finds room that came back without a word, as that of a lease which was renewed at the last moment', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 10, pending: 10 })
    store.held = 10
    fetcher.start()
    await settle()
    expect(store.asked).toEqual([])
    store.held = 0
    await vi.advanceTimersByTimeAsync(1_000)
    expect(store.asked.at(-1)).toEqual({ limit: 10, room: 10 })
    await fetcher.stop()
  })

  it('claims a few only where the workers run dry', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 10, pending: 40 })
    store.waiting = 5
    fetcher.start()
    await settle()
    const asked = store.asked.length
    store.held -= 2
    fetcher.roomMade()
    await settle()
    expect(store.asked).toHaveLength(asked)
    store.waiting = 0
    fetcher.roomMade()
    await settle()
    expect(store.asked.slice(asked)).toEqual([{ limit: 2, room: 2 }])
    await fetcher.stop()
  })

  it('looks for other lanes beside its claims: none of them waits for that', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 100_000, pending: 100_000 })
    store.beforeClaim = () => new Promise((resolve) => setTimeout(resolve, 10))
    fetcher.start()
    await vi.advanceTimersByTimeAsync(200)
    store.slowly = 'look'
    const before = { held: store.held, looks: store.calls.filter((call) => call === 'look').length }
    await vi.advanceTimersByTimeAsync(1_000)
    expect(store.calls.filter((call) => call === 'look')).toHaveLength(before.looks + 1)
    expect(store.held - before.held).toBeGreaterThan(950)
    const stopped = fetcher.stop()
    await vi.advanceTimersByTimeAsync(2_000)
    await stopped
  })

  it('begins behind the last claim while there is more than it can claim, however long looks take', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 100_000, pending: 100_000 })
    store.beforeClaim = () => new Promise((resolve) => setTimeout(resolve, 10))
    store.slowly = 'look'
    fetcher.start()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(store.calls.filter((call) => call === 'look').length).toBeGreaterThan(1)
    expect(store.begunBehind.length).toBeGreaterThan(5_000)
    // Ten each; what was claimed a moment ago is not read again.
    expect(store.begunBehind.slice(1)).toEqual(store.begunBehind.slice(1).map((_, claim) => (claim + 1) * 10))
    const stopped = fetcher.stop()
    await vi.advanceTimersByTimeAsync(2_000)
    await stopped
  })

  it('says that a look beside its claims has failed, and goes on', async () => {
    const { store, fetcher, events } = fetcherOver({ capacity: 100_000, pending: 100_000 })
    store.beforeClaim = () => new Promise((resolve) => setTimeout(resolve, 10))
    fetcher.start()
    await vi.advanceTimersByTimeAsync(200)
    store.fail = 'look'
    await vi.advanceTimersByTimeAsync(1_000)
    expect(events.named('part.failed')[0]).toMatchObject({ part: 'fetcher', error: 'look was refused' })
    store.fail = undefined
    const { held } = store
    await vi.advanceTimersByTimeAsync(1_000)
    expect(store.held - held).toBeGreaterThan(100)
    expect(events.named('part.recovered')).toHaveLength(1)
    const stopped = fetcher.stop()
    await vi.advanceTimersByTimeAsync(2_000)
    await stopped
  })

  it('looks for other lanes soon, and not for each claim, where claims find some and not all they ask for', async () => {
    const { store, fetcher } = fetcherOver({ fetchLimit: 1_000, capacity: 1_000_000, pending: 5 })
    fetcher.start()
    await settle()
    const before = store.calls.length
    for (let ms = 0; ms < 1_000; ms++) {
      store.pending += 3
      await vi.advanceTimersByTimeAsync(1)
    }
    const calls = store.calls.slice(before)
    const times = (part: string) => calls.filter((call) => call === part).length
    expect(times('claim')).toBeGreaterThan(150)
    expect(times('look') + times('isAnyPending')).toBeGreaterThanOrEqual(15)
    expect(times('look') + times('isAnyPending')).toBeLessThanOrEqual(25)
    await fetcher.stop()
  })

  it('claims as often where claims take long: a task does not wait for a pause on top of one', async () => {
    const { store, fetcher } = fetcherOver({ fetchLimit: 1_000, capacity: 1_000_000, pending: 5 })
    store.beforeClaim = () => new Promise((resolve) => setTimeout(resolve, 5))
    fetcher.start()
    await vi.advanceTimersByTimeAsync(100)
    const before = store.asked.length
    for (let ms = 0; ms < 600; ms++) {
      store.pending += 3
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(store.asked.length - before).toBeGreaterThan(90)
    expect(store.asked.length - before).toBeLessThanOrEqual(101)
    const stopped = fetcher.stop()
    await vi.advanceTimersByTimeAsync(10)
    await stopped
  })

  it.each(['claim', 'look', 'isAnyPending', 'fallAsleep', 'onIdle'] as const)(
    'reports an error of %s and goes on when it is over',
    async (part) => {
      const { store, fetcher, events } = fetcherOver()
      store.fail = part
      fetcher.start()
      store.pending = 5
      await vi.advanceTimersByTimeAsync(500)
      expect(events.named('part.failed').length).toBeGreaterThan(0)
      expect(events.named('part.failed')[0]).toMatchObject({ part: 'fetcher', error: `${part} was refused` })
      store.fail = undefined
      store.pending += 5
      await vi.advanceTimersByTimeAsync(5_000)
      expect(store.held).toBe(10)
      expect(events.named('part.recovered')).toHaveLength(1)
      await fetcher.stop()
    },
  )

  it('claims although it cannot say that it sleeps', async () => {
    const { store, fetcher, events } = fetcherOver()
    fetcher.start()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    store.fail = 'fallAsleep'
    store.pending = 5
    fetcher.wake()
    await settle()
    expect(store.held).toBe(5)
    expect(events.named('part.failed')).toMatchObject([{ error: 'fallAsleep was refused' }])
    await fetcher.stop()
  })

  it('is not held up by a failure to say that it is awake', async () => {
    const { store, fetcher, events } = fetcherOver()
    store.fail = 'wakeUp'
    fetcher.start()
    await settle()
    store.pending = 35
    fetcher.wake()
    await settle()
    expect(store.held).toBe(35)
    expect(events.named('part.failed')).toEqual([])
    await fetcher.stop()
  })

  it('stops after the claim that is on its way, and makes no other', async () => {
    const { store, fetcher } = fetcherOver({ pending: 100 })
    const answer = deferred()
    store.beforeClaim = () => answer.promise
    fetcher.start()
    await settle()
    const stopped = vi.fn()
    const stop = fetcher.stop().then(stopped)
    await settle()
    expect(stopped).not.toHaveBeenCalled()
    answer.resolve()
    await stop
    fetcher.wake()
    fetcher.roomMade()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(store.held).toBe(10)
    expect(vi.getTimerCount()).toBe(0)
  })
})
