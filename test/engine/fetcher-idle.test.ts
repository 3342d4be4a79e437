// The fetcher without work: it loses no wake-up while it falls asleep, and it is patient.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fetcherOver } from './fetcher-store.ts'

const HOUR_MS = 3_600_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Everything that can happen without time passing. */
const settle = () => vi.advanceTimersByTimeAsync(0)

describe('an idle fetcher', () => {
  it('loses no task that is inserted at any point of falling asleep: it sees the task, or the inserter sees it asleep', async () => {
    const quiet = fetcherOver({ pending: 20 })
    quiet.fetcher.start()
    await settle()
    const points = quiet.store.calls.length
    await quiet.fetcher.stop()
    expect(points).toBeGreaterThan(6)
    for (let point = 0; point <= 2 * points; point++) {
      const { store, fetcher } = fetcherOver({ pending: 20, fetchIntervalMs: HOUR_MS })
      store.onStep = (step) => {
        if (step !== point) return
        store.pending += 1
        if (store.asleep) fetcher.wakeFor('default')
      }
      fetcher.start()
      await settle()
      const wasReached = store.steps > point
      expect({ point, held: store.held }).toEqual({ point, held: wasReached ? 21 : 20 })
      await fetcher.stop()
    }
  })

  it('says that it sleeps before its last look, and that it wakes when it finds more than it can take', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 10, pending: 0 })
    fetcher.start()
    await settle()
    expect(store.asleep).toBe(true)
    expect(store.calls.slice(store.calls.lastIndexOf('fallAsleep'))).toEqual([
      'fallAsleep',
      'isAnyPending',
      'onIdle',
    ])
    store.pending = 100
    fetcher.wake()
    await settle()
    expect(store.asleep).toBe(false)
    expect(store.calls.filter((call) => call === 'wakeUp')).toHaveLength(1)
    await fetcher.stop()
  })

  it('claims from the lanes that it remembers before it looks anything up, when somebody says that there is work', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 10, pending: 1, fetchIntervalMs: HOUR_MS })
    fetcher.start()
    await settle()
    const before = store.calls.length
    store.pending = 1
    fetcher.wake()
    await settle()
    expect(store.calls[before]).toBe('claim')
    expect(store.held).toBe(2)
    await fetcher.stop()
  })

  it('follows a hint at once, also while a look is on its way that takes long', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 10, pending: 1, fetchIntervalMs: HOUR_MS })
    store.unserved = 1
    fetcher.start()
    await settle()
    store.slowly = 'look'
    await vi.advanceTimersByTimeAsync(60)
    expect(store.calls.at(-1)).toBe('look')
    store.pending = 1
    fetcher.wake()
    await settle()
    expect(store.held).toBe(2)
    const stopped = fetcher.stop()
    await vi.advanceTimersByTimeAsync(5_000)
    await stopped
  })

  it('does not look after each task where a look takes a second, but every five seconds', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 2_000, pending: 1, fetchIntervalMs: HOUR_MS })
    store.unserved = 1
    fetcher.start()
    await settle()
    store.slowly = 'look'
    for (let task = 2; task <= 1_000; task++) {
      await vi.advanceTimersByTimeAsync(100)
      store.pending = 1
      fetcher.wakeFor('default')
      await settle()
      expect(store.held).toBe(task)
    }
    const looks = store.calls.filter((call) => call === 'look').length
    expect(looks).toBeGreaterThanOrEqual(10)
    expect(looks).toBeLessThanOrEqual(20)
    // What nobody told of is found all the same, after the look that may be on its way: its lane is remembered.
    store.pending = 1
    await vi.advanceTimersByTimeAsync(1_400)
    expect(store.held).toBe(1_001)
    const stopped = fetcher.stop()
    await vi.advanceTimersByTimeAsync(5_000)
    await stopped
  })

  it('looks as soon as it may again where it had to do without', async () => {
    const { store, fetcher } = fetcherOver({ fetchIntervalMs: HOUR_MS })
    store.unserved = 1
    store.slowly = 'look'
    fetcher.start()
    await vi.advanceTimersByTimeAsync(3_000)
    const before = store.calls.filter((call) => call === 'look').length
    await vi.advanceTimersByTimeAsync(6_000)
    expect(store.calls.filter((call) => call === 'look').length).toBeGreaterThan(before)
    const stopped = fetcher.stop()
    await vi.advanceTimersByTimeAsync(5_000)
    await stopped
  })

  it('asks for no notifications while tasks come faster than those, and looks often instead', async () => {
    const { store, fetcher } = fetcherOver({ fetchLimit: 1_000, fetchIntervalMs: HOUR_MS })
    fetcher.start()
    await settle()
    const come = async (tasks: number) => {
      store.pending = tasks
      // Its own next look, or the notification of whoever sees it asleep.
      if (store.asleep) fetcher.wake()
      await vi.advanceTimersByTimeAsync(store.asleep ? 0 : 6)
      return { pending: store.pending, asleep: store.asleep }
    }
    expect(await come(1)).toEqual({ pending: 0, asleep: true })
    expect(await come(2)).toEqual({ pending: 0, asleep: false })
    expect(await come(7)).toEqual({ pending: 0, asleep: false })
    expect(await come(1)).toEqual({ pending: 0, asleep: true })
    expect(await come(1)).toEqual({ pending: 0, asleep: true })
    await fetcher.stop()
  })

  it('polls soon after it fell idle, then ever later, up to the fetch interval', async () => {
    const { fetcher, events } = fetcherOver({ fetchIntervalMs: 5_000 })
    fetcher.start()
    await settle()
    for (let poll = 1; poll <= 12; poll++) {
      const idle = events.named('fetch.idle')
      expect(idle).toHaveLength(poll)
      const longestMs = Math.min(5_000, 50 * 2 ** (poll - 1))
      const sinceMs = Date.now()
      await vi.advanceTimersToNextTimerAsync()
      const waitedMs = Date.now() - sinceMs
      expect(waitedMs).toBeGreaterThanOrEqual(Math.floor(0.75 * longestMs))
      expect(waitedMs).toBeLessThanOrEqual(longestMs)
      expect(Math.abs(waitedMs - (idle.at(-1)?.waitMs ?? 0))).toBeLessThanOrEqual(1)
    }
    await fetcher.stop()
  })

  it('looks at once when it is woken, and polls fast again from there', async () => {
    const { store, fetcher, events } = fetcherOver()
    fetcher.start()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    store.pending = 3
    await settle()
    expect(store.held).toBe(0)
    fetcher.wake()
    await settle()
    expect(store.held).toBe(3)
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    fetcher.wake()
    await settle()
    expect(events.named('fetch.idle').at(-1)?.waitMs).toBeLessThanOrEqual(50)
    await fetcher.stop()
  })

  it('finds by polling what nobody told it, and falls idle again behind it', async () => {
    const { store, fetcher, events } = fetcherOver({ fetchIntervalMs: 2_000 })
    fetcher.start()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    const polls = events.named('fetch.idle').length
    store.pending = 12
    await vi.advanceTimersByTimeAsync(2_000)
    expect(store.held).toBe(12)
    const waits = events.named('fetch.idle').slice(polls)
    expect(waits[0]?.waitMs).toBeLessThanOrEqual(50)
    await fetcher.stop()
  })

  it('sleeps no longer than until the next task is due', async () => {
    const { store, fetcher } = fetcherOver()
    fetcher.start()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    store.enqueueIn(330)
    fetcher.wake()
    await vi.advanceTimersByTimeAsync(329)
    expect(store.held).toBe(0)
    await vi.advanceTimersByTimeAsync(2)
    expect(store.held).toBe(1)
    await fetcher.stop()
  })

  it('asks one thing for each look while nothing is pending, and a promise now and then', async () => {
    const { store, fetcher, events } = fetcherOver()
    fetcher.start()
    await vi.advanceTimersByTimeAsync(60_000)
    const before = { calls: store.calls.length, idle: events.named('fetch.idle').length }
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    const calls = store.calls.slice(before.calls)
    const looks = events.named('fetch.idle').length - before.idle
    const times = (part: string) => calls.filter((call) => call === part).length
    expect(looks).toBeGreaterThan(HOUR_MS / 5_000 - 1)
    expect([times('isAnyPending'), times('onIdle')]).toEqual([looks, looks])
    expect(times('fallAsleep')).toBeLessThanOrEqual(Math.ceil(looks / 3))
    expect(new Set(calls)).toEqual(new Set(['isAnyPending', 'onIdle', 'fallAsleep']))
    await fetcher.stop()
  })

  it('asks one thing for each look where only what others serve is pending', async () => {
    const { store, fetcher, events } = fetcherOver()
    store.unserved = 1
    fetcher.start()
    await vi.advanceTimersByTimeAsync(60_000)
    const before = { calls: store.calls.length, idle: events.named('fetch.idle').length }
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    const looks = events.named('fetch.idle').length - before.idle
    const calls = store.calls.slice(before.calls)
    expect(calls.filter((call) => call === 'look')).toHaveLength(looks)
    expect(calls).not.toContain('isAnyPending')
    store.pending = 1
    await vi.advanceTimersByTimeAsync(5_000)
    expect(store.held).toBe(1)
    await fetcher.stop()
  })

  it('says that it is idle only when nothing is due, once before each sleep', async () => {
    const { store, fetcher, events } = fetcherOver({ capacity: 10, pending: 40 })
    fetcher.start()
    await settle()
    expect(store.calls).not.toContain('onIdle')
    store.pending = 0
    store.held = 0
    fetcher.roomMade()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    const idle = store.calls.filter((call) => call === 'onIdle')
    expect(idle.length).toBeGreaterThan(1)
    expect(idle).toHaveLength(events.named('fetch.idle').length)
    await fetcher.stop()
  })

  it('does not look sooner for what is due and in other hands', async () => {
    const { store, fetcher, events } = fetcherOver()
    store.locked = true
    store.pending = 1
    fetcher.start()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(events.named('fetch.idle').length).toBeLessThan(1_000)
    store.locked = false
    await vi.advanceTimersByTimeAsync(5_000)
    expect(store.held).toBe(1)
    await fetcher.stop()
  })

  it('says that it sleeps only after it has said that it is awake', async () => {
    const { store, fetcher } = fetcherOver({ fetchIntervalMs: HOUR_MS })
    fetcher.start()
    await settle()
    store.slowly = 'wakeUp'
    store.pending = 10
    fetcher.wake()
    // The second that it takes to say so, and too little for the next poll to say again that it sleeps.
    await vi.advanceTimersByTimeAsync(1_010)
    expect(store.held).toBe(10)
    expect(store.asleep).toBe(true)
    await fetcher.stop()
  })

  it('wakes in time for a task that goes back with a delay, whenever that is', async () => {
    const quiet = fetcherOver()
    quiet.fetcher.start()
    await settle()
    const points = quiet.store.steps
    await quiet.fetcher.stop()
    expect(points).toBeGreaterThan(7)
    for (let point = 0; point < points; point++) {
      const { store, fetcher } = fetcherOver({ fetchIntervalMs: HOUR_MS })
      store.onStep = (step) => {
        if (step !== point) return
        store.enqueueIn(40)
        fetcher.dueIn(40)
      }
      fetcher.start()
      await vi.advanceTimersByTimeAsync(42)
      expect({ point, held: store.held }).toEqual({ point, held: 1 })
      await fetcher.stop()
    }
  })

  it('wakes in time for a task that goes back with a delay while it sleeps', async () => {
    const { store, fetcher } = fetcherOver({ fetchIntervalMs: HOUR_MS })
    fetcher.start()
    await vi.advanceTimersByTimeAsync(10 * HOUR_MS)
    store.enqueueIn(330)
    fetcher.dueIn(330)
    await vi.advanceTimersByTimeAsync(329)
    expect(store.held).toBe(0)
    await vi.advanceTimersByTimeAsync(3)
    expect(store.held).toBe(1)
    await fetcher.stop()
  })
})
