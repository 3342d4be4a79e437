// The fetcher and what is rare: claims whose answer was lost, and suspects, which run alone.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fetcherOver } from './fetcher-store.ts'

const HOUR_MS = 3_600_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Everything that can happen without time passing. */
const settle = () => vi.advanceTimersByTimeAsync(0)

describe('strays', () => {
  it('are looked for after a claim whose answer did not come, at once and again at 2, 10 and 45 s, the last time for good', async () => {
    const { store, fetcher } = fetcherOver({ fetchIntervalMs: HOUR_MS, pending: 5 })
    store.fail = 'claim'
    fetcher.start()
    await settle()
    expect(store.strayLooks).toEqual([])
    store.fail = undefined
    const lostMs = Date.now()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    const looks = store.strayLooks.map(({ atMs, isLast }) => [Math.round((atMs - lostMs) / 1_000), isLast])
    expect(looks).toEqual([
      [0, false],
      [2, false],
      [10, false],
      [45, true],
    ])
    expect(store.held).toBe(5)
    await fetcher.stop()
  })

  it('are looked for once a minute while the server still has an old claim under way, and for good after it', async () => {
    const { store, fetcher } = fetcherOver({ fetchIntervalMs: HOUR_MS, pending: 5 })
    store.fail = 'claim'
    store.isClaimStuck = true
    fetcher.start()
    await settle()
    store.fail = undefined
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(store.strayLooks.length).toBeLessThanOrEqual(64)
    expect(store.strayLooks.length).toBeGreaterThanOrEqual(60)
    expect(store.strayLooks.some(({ isLast }) => isLast)).toBe(false)
    expect(store.strayLooks.at(-1)?.lostAgoMs).toBeGreaterThan(HOUR_MS - 61_000)
    store.isClaimStuck = false
    await vi.advanceTimersByTimeAsync(60_000)
    const looks = store.strayLooks.length
    expect(store.strayLooks.at(-1)?.isLast).toBe(true)
    // What is committed after the question is seen by the look that follows, so the question comes first.
    expect(store.calls.lastIndexOf('isClaimUnderWay')).toBeLessThan(store.calls.lastIndexOf('releaseStrays'))
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect([store.strayLooks.length, store.held]).toEqual([looks, 5])
    await fetcher.stop()
  })

  it('are looked for before the next claim, and on time also where there is no room for one', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 10, pending: 40 })
    store.fail = 'claim'
    fetcher.start()
    await settle()
    store.fail = undefined
    await vi.advanceTimersByTimeAsync(100)
    expect(store.calls.indexOf('releaseStrays')).toBeLessThan(store.calls.lastIndexOf('claim'))
    expect(store.held).toBe(10)
    await vi.advanceTimersByTimeAsync(50_000)
    expect(store.strayLooks).toHaveLength(4)
    await fetcher.stop()
  })

  it('are looked for from the start again after another claim that failed', async () => {
    const { store, fetcher } = fetcherOver({ pending: 5 })
    store.fail = 'claim'
    fetcher.start()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(store.strayLooks.length).toBeGreaterThan(2)
    expect(store.strayLooks.some(({ isLast }) => isLast)).toBe(false)
    store.fail = undefined
    await vi.advanceTimersByTimeAsync(60_000)
    expect(store.strayLooks.map(({ isLast }) => isLast).filter(Boolean)).toHaveLength(1)
    await fetcher.stop()
  })

  it('are looked for again when the look itself failed, and nothing is claimed before', async () => {
    const { store, fetcher, events } = fetcherOver({ pending: 5 })
    store.fail = 'claim'
    fetcher.start()
    await settle()
    store.fail = 'releaseStrays'
    await vi.advanceTimersByTimeAsync(5_000)
    expect(store.held).toBe(0)
    expect(events.named('part.failed').at(-1)?.error).toBe('releaseStrays was refused')
    store.fail = undefined
    await vi.advanceTimersByTimeAsync(5_000)
    expect(store.held).toBe(5)
    await fetcher.stop()
  })

  it('are not looked for while every claim is answered', async () => {
    const { store, fetcher } = fetcherOver({ pending: 50 })
    fetcher.start()
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(store.calls).not.toContain('releaseStrays')
    await fetcher.stop()
  })
})

describe('suspects', () => {
  it('run one at a time with nothing beside them, and the rest behind the last', async () => {
    const { store, fetcher } = fetcherOver({ pending: 30 })
    store.suspects = 2
    fetcher.start()
    for (store.held = 2; store.held > 0; store.held--) {
      fetcher.roomMade()
      await vi.advanceTimersByTimeAsync(2_000)
      expect([store.suspects, store.pending]).toEqual([2, 30])
    }
    for (const left of [1, 0]) {
      store.held = 0
      fetcher.roomMade()
      await settle()
      expect({ suspects: store.suspects, held: store.held }).toEqual({ suspects: left, held: 1 })
      fetcher.wake()
      await vi.advanceTimersByTimeAsync(HOUR_MS)
      expect(store.held).toBe(1)
    }
    store.held = 0
    fetcher.roomMade()
    await settle()
    expect(store.held).toBe(30)
    await fetcher.stop()
  })

  it('are made room for also in the middle of work: no further claim goes before', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 10, pending: 100 })
    fetcher.start()
    await settle()
    store.suspects = 1
    await vi.advanceTimersByTimeAsync(1_000)
    store.held = 0
    fetcher.roomMade()
    await settle()
    expect({ suspects: store.suspects, held: store.held, pending: store.pending }).toEqual({
      suspects: 0,
      held: 1,
      pending: 90,
    })
    await fetcher.stop()
  })

  it('are not waited for longer than ten seconds, and then not made room for within a minute', async () => {
    const { store, fetcher } = fetcherOver({ capacity: 10 })
    store.held = 1
    store.suspects = 1
    fetcher.start()
    await settle()
    store.pending = 9
    fetcher.wake()
    await vi.advanceTimersByTimeAsync(9_000)
    expect(store.held).toBe(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(store.held).toBe(10)
    for (let second = 0; second < 45; second++) {
      store.pending += 1
      store.held -= 1
      fetcher.roomMade()
      await vi.advanceTimersByTimeAsync(1_000)
      expect(store.held).toBe(10)
    }
    store.pending = 0
    store.held = 0
    fetcher.roomMade()
    await vi.advanceTimersByTimeAsync(30_000)
    expect([store.suspects, store.held]).toEqual([0, 1])
    await fetcher.stop()
  })

  it('that are due and in other hands are asked for once a second, and hold up nothing', async () => {
    const { store, fetcher } = fetcherOver()
    store.suspects = 1
    store.suspectsLocked = true
    fetcher.start()
    await vi.advanceTimersByTimeAsync(10_000)
    const asked = store.calls.filter((call) => call === 'claimSuspect').length
    expect(asked).toBeGreaterThan(1)
    expect(asked).toBeLessThan(15)
    store.pending = 5
    fetcher.wake()
    await vi.advanceTimersByTimeAsync(500)
    expect(store.held).toBe(5)
    await fetcher.stop()
  })

  it('whose claim was not answered are looked for as strays', async () => {
    const { store, fetcher } = fetcherOver()
    store.suspects = 1
    store.fail = 'claimSuspect'
    fetcher.start()
    await settle()
    store.fail = undefined
    await vi.advanceTimersByTimeAsync(1_000)
    expect(store.strayLooks).toHaveLength(1)
    expect(store.held).toBe(1)
    await fetcher.stop()
  })
})
