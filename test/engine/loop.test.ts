// The loop: one tick at a time, no lost wake, errors retried ever later, and nothing after stop.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Loop, retryDelayMs } from '../../src/engine/loop.ts'
import { deferred, recorder } from './fixtures.ts'

const HOUR_MS = 3_600_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A loop whose ticks are counted; `tick` gets the number of the tick, 1 for the first. */
function counted(tick: (number: number) => number | Promise<number>) {
  const events = recorder()
  const ticks = { count: 0 }
  const loop = new Loop({ name: 'part', tick: async () => tick(++ticks.count), emit: events.emit })
  return { loop, events, ticks }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

describe('loop', () => {
  it('never runs two ticks at once, whatever wakes it and however long they take', async () => {
    const wakes = fc.array(fc.nat({ max: 300 }), { maxLength: 30 })
    const ticks = fc.array(
      fc.record({ tookMs: fc.nat({ max: 40 }), delayMs: fc.nat({ max: 60 }), fails: fc.boolean() }),
      { minLength: 1 },
    )
    await fc.assert(
      fc.asyncProperty(wakes, ticks, async (wakesAtMs, plan) => {
        let running = 0
        let most = 0
        const { loop } = counted(async (number) => {
          const { tookMs, delayMs, fails } = plan[number % plan.length] ?? {
            tookMs: 1,
            delayMs: 1,
            fails: false,
          }
          most = Math.max(most, ++running)
          await new Promise((resolve) => setTimeout(resolve, tookMs))
          running -= 1
          if (fails) throw new Error('refused')
          return delayMs + 1
        })
        loop.start()
        loop.start()
        for (const atMs of wakesAtMs) setTimeout(() => loop.wake(), atMs)
        await vi.advanceTimersByTimeAsync(400)
        const stopped = loop.stop()
        await vi.advanceTimersByTimeAsync(100)
        await stopped
        expect({ most, running }).toEqual({ most: 1, running: 0 })
        vi.clearAllTimers()
      }),
      { numRuns: 40 },
    )
  })

  it('waits as long as its tick asks, and for a wake where that is forever', async () => {
    const { loop, ticks } = counted((number) => (number === 1 ? 70 : Number.POSITIVE_INFINITY))
    loop.start()
    await vi.advanceTimersByTimeAsync(69)
    expect(ticks.count).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(ticks.count).toBe(2)
    await vi.advanceTimersByTimeAsync(24 * HOUR_MS)
    expect(ticks.count).toBe(2)
    loop.wake()
    await settle()
    expect(ticks.count).toBe(3)
    await loop.stop()
  })

  it('does not lose a wake that comes during a tick, and answers several with one tick', async () => {
    const first = deferred<number>()
    const { loop, ticks } = counted((number) => (number === 1 ? first.promise : Number.POSITIVE_INFINITY))
    loop.start()
    for (let wake = 0; wake < 5; wake++) loop.wake()
    first.resolve(Number.POSITIVE_INFINITY)
    await settle()
    expect(ticks.count).toBe(2)
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(ticks.count).toBe(2)
    await loop.stop()
  })

  it('retries an error after the time it reports, once for each failure, and says when it is over', async () => {
    const { loop, ticks, events } = counted((number) => {
      if (number <= 4) throw new Error(`failure ${number}`)
      return Number.POSITIVE_INFINITY
    })
    loop.start()
    for (let failure = 1; failure <= 4; failure++) {
      await settle()
      const reported = events.named('part.failed')
      expect(reported).toHaveLength(failure)
      expect(reported.at(-1)).toMatchObject({ part: 'part', error: `failure ${failure}` })
      const retryMs = reported.at(-1)?.retryMs ?? 0
      expect(retryMs).toBeGreaterThanOrEqual(50 * 2 ** (failure - 1))
      expect(retryMs).toBeLessThanOrEqual(100 * 2 ** (failure - 1))
      await vi.advanceTimersByTimeAsync(retryMs - 1)
      expect(ticks.count).toBe(failure)
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(ticks.count).toBe(5)
    expect(events.named('part.recovered')).toEqual([{ part: 'part' }])
    await loop.stop()
  })

  it('begins with the shortest retry again after it recovered', async () => {
    const { loop, events } = counted((number) => {
      if (number !== 6) throw new Error('refused')
      return 1
    })
    loop.start()
    for (let turn = 0; turn < 7; turn++) await vi.advanceTimersToNextTimerAsync()
    expect(events.named('part.recovered')).toHaveLength(1)
    expect(events.named('part.failed')[5]?.retryMs).toBeLessThanOrEqual(100)
    await loop.stop()
  })

  it('waits before a retry also when it was woken during the tick that failed', async () => {
    const first = deferred<number>()
    const { loop, ticks } = counted((number) => (number === 1 ? first.promise : Number.POSITIVE_INFINITY))
    loop.start()
    loop.wake()
    first.reject(new Error('refused'))
    await settle()
    expect(ticks.count).toBe(1)
    await vi.advanceTimersByTimeAsync(100)
    expect(ticks.count).toBe(2)
    await loop.stop()
  })

  it('does not turn an outage into a busy loop, however often it is woken', async () => {
    const { loop, ticks } = counted(() => {
      throw new Error('refused')
    })
    loop.start()
    for (let ms = 0; ms < 1_000; ms++) {
      loop.wake()
      await vi.advanceTimersByTimeAsync(1)
    }
    expect(ticks.count).toBeLessThan(10)
    await loop.stop()
  })

  it('stops after the running tick, begins none afterwards, and leaves no timer', async () => {
    const first = deferred<number>()
    const { loop, ticks } = counted(() => first.promise)
    loop.start()
    const stopped = vi.fn()
    const stops = [loop.stop(), loop.stop()].map((stop) => stop.then(stopped))
    loop.wake()
    await settle()
    expect(stopped).not.toHaveBeenCalled()
    first.resolve(0)
    await Promise.all([...stops, loop.stop()])
    loop.wake()
    loop.start()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(ticks.count).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each(['a sleep', 'the wait before a retry'])('ends %s at once when it is stopped', async (where) => {
    const { loop } = counted(() => {
      if (where === 'a sleep') return HOUR_MS
      throw new Error('refused')
    })
    loop.start()
    await settle()
    await loop.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps quiet about a tick that fails while it stops', async () => {
    const first = deferred<number>()
    const { loop, events } = counted(() => first.promise)
    loop.start()
    const stopped = loop.stop()
    first.reject(new Error('the pool is closed'))
    await stopped
    expect(events.named('part.failed')).toEqual([])
  })

  it('runs no tick when it was stopped before it was started', async () => {
    const { loop, ticks } = counted(() => 0)
    await loop.stop()
    loop.start()
    await settle()
    expect(ticks.count).toBe(0)
  })

  it('does not take a delay that is too long for a timer for a short one', async () => {
    const { loop, ticks } = counted(() => 2 ** 40)
    loop.start()
    await vi.advanceTimersByTimeAsync(24 * HOUR_MS)
    expect(ticks.count).toBe(1)
    await loop.stop()
  })
})

describe('retryDelayMs', () => {
  it('doubles from 100 ms to 5 s, of which at most half is taken off by chance', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 5000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, random) => {
          const longest = Math.min(5_000, 100 * 2 ** failures)
          expect(retryDelayMs(failures, random)).toBeGreaterThanOrEqual(Math.floor(longest / 2))
          expect(retryDelayMs(failures, random)).toBeLessThanOrEqual(longest)
        },
      ),
    )
  })
})
