// The fetcher and its hints where a look at the lanes takes long: none is lost, and none costs a look that is not due.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fetcherOver } from './fetcher-store.ts'

const HOUR_MS = 3_600_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const settle = () => vi.advanceTimersByTimeAsync(0)

/** An idle process beside tasks that others serve; it has just made a look that took a second. */
async function resting({ isLaneKnown = true } = {}) {
  const { store, fetcher, events } = fetcherOver({ fetchIntervalMs: HOUR_MS, pending: isLaneKnown ? 1 : 0 })
  store.unserved = 1
  fetcher.start()
  await settle()
  store.slowly = 'look'
  while (!store.calls.includes('look') || store.calls.at(-1) !== 'onIdle')
    await vi.advanceTimersToNextTimerAsync()
  await vi.advanceTimersByTimeAsync(1_000)
  while (store.calls.at(-1) === 'look') await vi.advanceTimersByTimeAsync(10)
  store.held = 0
  store.calls.length = 0
  const stop = async () => {
    store.slowly = undefined
    const stopped = fetcher.stop()
    await vi.advanceTimersByTimeAsync(5_000)
    await stopped
  }
  const times = (part: string) => store.calls.filter((call) => call === part).length
  return { store, fetcher, events, stop, times }
}

it('looks at the queue of a hint that was about the work of others, and not at all lanes', async () => {
  const { fetcher, stop, times } = await resting()
  for (let hint = 1; hint <= 500; hint++) {
    fetcher.wakeFor('default')
    await vi.advanceTimersByTimeAsync(200)
  }
  expect(times('lookAtQueues')).toBeGreaterThan(400)
  expect(times('look')).toBeGreaterThanOrEqual(10)
  expect(times('look')).toBeLessThanOrEqual(20)
  await stop()
})

it.each([
  ['a lane that is known', true],
  ['a lane that was never seen', false],
])('starts at once what a hint is about: in %s', async (_, isLaneKnown) => {
  const { store, fetcher, stop, times } = await resting({ isLaneKnown })
  store.pending = 1
  fetcher.wakeFor('default')
  await settle()
  expect([store.held, times('look')]).toEqual([1, 0])
  await stop()
})

it('starts in time what a hint was about and is due later', async () => {
  for (const isLaneKnown of [true, false]) {
    const { store, fetcher, stop } = await resting({ isLaneKnown })
    store.enqueueIn(333)
    fetcher.wakeFor('default')
    // What others are told of meanwhile does not make it forget.
    for (let hint = 1; hint <= 3; hint++) {
      await vi.advanceTimersByTimeAsync(110)
      fetcher.wakeFor('default')
    }
    expect(store.held).toBe(0)
    await vi.advanceTimersByTimeAsync(5)
    expect(store.held).toBe(1)
    await stop()
  }
})

it('looks at all lanes at once where work may be anywhere, also beside what it found', async () => {
  const { store, fetcher, stop, times } = await resting()
  store.pending = 1
  fetcher.wake()
  await settle()
  expect([store.held, times('look')]).toEqual([1, 1])
  await stop()
})

it('claims from the lanes that it knows when a kind with a limit has room again, and looks at nothing', async () => {
  const { store, fetcher, stop, times } = await resting()
  for (let task = 1; task <= 20; task++) {
    store.pending = 1
    fetcher.kindRoomMade()
    await settle()
    expect(store.held).toBe(task)
    fetcher.kindRoomMade()
    await settle()
  }
  expect([times('look'), times('lookAtQueues')]).toEqual([0, 0])
  await stop()
})

it('looks further where two hints came and one task was found', async () => {
  const { store, fetcher, stop, times } = await resting()
  store.pending = 1
  fetcher.wakeFor('default')
  await settle()
  expect([store.held, times('lookAtQueues')]).toEqual([1, 0])
  store.pending = 1
  fetcher.wakeFor('default')
  fetcher.wakeFor('other')
  await settle()
  expect([store.held, times('lookAtQueues')]).toEqual([2, 1])
  await stop()
})

it('does not forget a hint that it could not follow', async () => {
  const { store, fetcher, stop, times } = await resting()
  store.fail = 'claim'
  fetcher.wakeFor('default')
  await settle()
  store.fail = undefined
  await vi.advanceTimersByTimeAsync(200)
  expect(times('look')).toBe(1)
  await stop()
})
