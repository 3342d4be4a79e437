// Looking for requests to cancel: often where nothing is heard, seldom where notifications come through, and never in vain.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { watchCancellations } from '../../src/engine/cancellations.ts'
import type { TaskId } from '../../src/task/task.ts'
import { recorder } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function build({ isHearing = false, held = [1, 2, 3] as TaskId[] } = {}) {
  const state = { isHearing, held, requested: [] as TaskId[], isAway: false }
  const events = recorder()
  const asked: (readonly TaskId[])[] = []
  const cancelled: TaskId[] = []
  const loop = watchCancellations({
    isHearing: () => state.isHearing,
    heldIds: () => state.held,
    async readCancelRequests(ids) {
      asked.push(ids)
      if (state.isAway) throw new Error('away')
      return state.requested.filter((id) => ids.includes(id))
    },
    cancel: (id) => void cancelled.push(id),
    emit: events.emit,
  })
  return { state, loop, events, asked, cancelled }
}

it('finds within a second what is to be cancelled where nothing is heard', async () => {
  const { state, loop, asked, cancelled } = build()
  loop.start()
  await vi.advanceTimersByTimeAsync(5_500)
  state.requested = [2, 9]
  await vi.advanceTimersByTimeAsync(1_000)
  expect(cancelled).toEqual([2])
  expect(asked[0]).toEqual([1, 2, 3])
  await loop.stop()
})

it('looks seldom where it hears, but looks: a notification may be lost', async () => {
  const { state, loop, asked, cancelled } = build({ isHearing: true })
  loop.start()
  state.requested = [3]
  await vi.advanceTimersByTimeAsync(61_000)
  expect(asked.length).toBeGreaterThanOrEqual(3)
  expect(asked.length).toBeLessThanOrEqual(6)
  expect(cancelled).toContain(3)
  await loop.stop()
})

it('looks often as soon as it hears no more', async () => {
  const { state, loop, cancelled } = build({ isHearing: true })
  loop.start()
  await vi.advanceTimersByTimeAsync(3_000)
  state.isHearing = false
  state.requested = [1]
  await vi.advanceTimersByTimeAsync(1_000)
  expect(cancelled).toEqual([1])
  await loop.stop()
})

it('asks nothing while nothing is held', async () => {
  const { loop, asked } = build({ held: [] })
  loop.start()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toEqual([])
  await loop.stop()
})

it('goes on when the database was away', async () => {
  const { state, loop, events, cancelled } = build()
  state.isAway = true
  state.requested = [1]
  loop.start()
  await vi.advanceTimersByTimeAsync(3_000)
  state.isAway = false
  await vi.advanceTimersByTimeAsync(10_000)
  expect(cancelled[0]).toBe(1)
  expect(events.named('part.recovered')).toEqual([{ part: 'cancellations' }])
  await loop.stop()
})
