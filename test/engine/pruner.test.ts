// The pruner: a short turn, a long pause, round after round; it tells in sums, and stops when it is told to.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Pruner } from '../../src/engine/pruner.ts'
import type { TaskId } from '../../src/task/task.ts'
import { recorder } from './fixtures.ts'

const HOUR_MS = 3_600_000
const ROUND_MS = HOUR_MS / 100

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A fleet of one, and a table with tasks 1 to `old`; a turn looks at 10 and takes `turnMs`. */
function build({ old = 0, turnMs = 5 } = {}) {
  const state = { left: Array.from({ length: old }, (_, index) => index + 1), dueInMs: 0, isAway: false }
  const turns: { afterId: TaskId; pauseMs: number; atMs: number }[] = []
  const events = recorder()
  let place: TaskId = 0
  let dueAtMs = 0
  const parts = {
    async takeTurn() {
      if (state.isAway) throw new Error('away')
      const dueInMs = Math.max(state.dueInMs, dueAtMs - Date.now())
      return dueInMs > 0 ? { dueInMs } : { afterId: place, token: 'mine' }
    },
    async endTurn(token: string, afterId: TaskId, pauseMs: number) {
      expect(token).toBe('mine')
      turns.push({ afterId, pauseMs, atMs: Date.now() })
      place = afterId
      dueAtMs = Date.now() + pauseMs
    },
    async findOld(afterId: TaskId, olderThanMs: number) {
      expect(olderThanMs).toBe(HOUR_MS)
      const ids = state.left.filter((id) => id > Number(afterId)).slice(0, 10)
      return { ids, after: ids.length < 10 ? null : (ids.at(-1) ?? null) }
    },
    async prune(ids: readonly TaskId[]) {
      await new Promise((resolve) => setTimeout(resolve, turnMs))
      state.left = state.left.filter((id) => !ids.includes(id))
      return ids.length
    },
    pruneProcesses: async () => 2,
    pruneOrphanLogs: async (after: TaskId) => ({ gone: 1, after: after === 0 ? 9 : null }),
    emit: events.emit,
  }
  return { state, turns, events, pruner: new Pruner(parts, HOUR_MS) }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** Wherever it is: it may be in a turn, which takes its time. */
async function stop(pruner: Pruner): Promise<void> {
  const stopped = pruner.stop()
  await pass(50)
  await stopped
}

it('goes through what is old in turns, and then waits for the next round', async () => {
  const { state, turns, events, pruner } = build({ old: 35 })
  pruner.start()
  await pass(2_000)
  expect(state.left).toEqual([])
  expect(turns.map(({ afterId }) => afterId)).toEqual([10, 20, 30, 0])
  expect(turns.at(-1)?.pauseMs).toBe(ROUND_MS)
  expect(events.named('prune.done')).toEqual([{ tasks: 35, processes: 2, logs: 1 }])
  await pass(ROUND_MS * 1.3)
  expect(turns).toHaveLength(5)
  await stop(pruner)
})

it('rests nine times as long as a turn takes', async () => {
  const { turns, pruner } = build({ old: 100, turnMs: 50 })
  pruner.start()
  await pass(2_000)
  for (const { pauseMs } of turns.slice(0, 3)) expect(pauseMs).toBeGreaterThanOrEqual(9 * 50)
  const [first, second] = turns
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(500)
  await stop(pruner)
})

it('waits while another process has the turn', async () => {
  const { state, turns, pruner } = build({ old: 5 })
  state.dueInMs = 60_000
  pruner.start()
  await pass(59_000)
  expect(turns).toEqual([])
  state.dueInMs = 0
  await pass(15_000)
  expect(state.left).toEqual([])
  await stop(pruner)
})

it('tries again when the database was away, and is silent where there is nothing to tell', async () => {
  const { state, events, pruner } = build({ old: 5 })
  state.isAway = true
  pruner.start()
  await pass(1_000)
  expect(events.named('part.failed')[0]).toMatchObject({ part: 'pruner', error: 'away' })
  expect(events.named('prune.done')).toEqual([])
  state.isAway = false
  await pass(6_000)
  expect(events.named('prune.done')).toMatchObject([{ tasks: 5 }])
  await stop(pruner)
})

it('ends with the turn it has, and tells what it did', async () => {
  const { state, events, turns, pruner } = build({ old: 1000, turnMs: 50 })
  pruner.start()
  await pass(1_200)
  await stop(pruner)
  const done = turns.length
  expect(done).toBeGreaterThan(0)
  expect(events.named('prune.done')).toEqual([{ tasks: 10 * done, processes: 0, logs: 0 }])
  await pass(60_000)
  expect(turns).toHaveLength(done)
  expect(state.left).toHaveLength(1000 - 10 * done)
  expect(vi.getTimerCount()).toBe(0)
})
