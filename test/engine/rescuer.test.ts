// The rescuer: looks when a lease can be over, gives back all of what it finds, and calls nothing searched that was not.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Rescued } from '../../src/db/rescue-piece.ts'
import { Rescuer } from '../../src/engine/rescuer.ts'
import { LIMITS } from '../../src/task/limits.ts'
import type { TaskId } from '../../src/task/task.ts'
import { recorder } from './fixtures.ts'

const LEASE_MS = 15_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

type Part = 'declareLost' | 'rescue' | 'markSwept' | 'lookForRescue'

/** A fleet in which `silent` processes hold `held` tasks. */
function build() {
  const state = {
    silent: [] as { id: TaskId; name: string }[],
    unswept: [] as TaskId[],
    held: [] as Rescued[],
    expiryMs: null as number | null,
    fail: undefined as Part | undefined,
  }
  const events = recorder()
  const calls: Part[] = []
  const swept: TaskId[] = []
  const onRescued = vi.fn()
  const call = <Value>(part: Part, effect: () => Value): Promise<Value> => {
    calls.push(part)
    return state.fail === part ? Promise.reject(new Error('away')) : Promise.resolve(effect())
  }
  const parts = {
    declareLost: () =>
      call('declareLost', () => {
        state.unswept.push(...state.silent.map(({ id }) => id))
        return state.silent.splice(0)
      }),
    rescue: (limit: number) => call('rescue', () => state.held.splice(0, limit)),
    markSwept: (ids: readonly TaskId[]) =>
      call('markSwept', () => {
        swept.push(...ids)
        state.unswept = state.unswept.filter((id) => !ids.includes(id))
      }),
    lookForRescue: () =>
      call('lookForRescue', () => ({
        isAnyOver: state.silent.length > 0,
        hasAnyEnded: state.unswept.length + state.held.length > 0,
        unswept: [...state.unswept],
        nextExpiryMs: state.expiryMs,
      })),
    onRescued,
    emit: events.emit,
  }
  return { state, events, calls, swept, onRescued, rescuer: new Rescuer(parts, LEASE_MS) }
}

const rescued = (count: number, status: Rescued['status'] = 'pending'): Rescued[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, process: 'dead', status, crashes: 1 }))
const settle = () => vi.advanceTimersByTimeAsync(0)

it('looks at once, and gives back what lost processes held, in as many batches as it takes', async () => {
  const { state, rescuer, events, calls, swept, onRescued } = build()
  state.silent = [{ id: 7, name: 'dead' }]
  state.held = [
    ...rescued(2 * LIMITS.batchRows),
    ...rescued(3),
    ...rescued(2, 'error'),
    ...rescued(1, 'cancelled'),
  ]
  rescuer.start()
  await settle()
  expect(state.held).toEqual([])
  expect(calls).toEqual([
    'lookForRescue',
    'declareLost',
    'rescue',
    'rescue',
    'rescue',
    'markSwept',
    'lookForRescue',
  ])
  expect(events.named('process.lost')).toEqual([{ names: ['dead'] }])
  expect(events.named('rescue.done')).toEqual([{ pending: 2 * LIMITS.batchRows + 3, error: 2, cancelled: 1 }])
  expect(onRescued).toHaveBeenCalledTimes(3)
  expect(swept).toEqual([7])
  await rescuer.stop()
})

it('is silent where there is nothing to rescue, and looks with one statement', async () => {
  const { rescuer, events, calls, onRescued } = build()
  rescuer.start()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(new Set(calls)).toEqual(new Set(['lookForRescue']))
  expect([events.named('process.lost'), events.named('rescue.done')]).toEqual([[], []])
  expect(onRescued).not.toHaveBeenCalled()
  await rescuer.stop()
})

it('searches also for those that ended before it came and were never searched', async () => {
  const { state, rescuer, swept } = build()
  state.unswept = [3, 4]
  rescuer.start()
  await settle()
  expect(swept).toEqual([3, 4])
  await rescuer.stop()
})

it('calls no process searched that ended while it searched', async () => {
  const { state, rescuer, swept, onRescued } = build()
  state.unswept = [3]
  state.held = rescued(1)
  onRescued.mockImplementationOnce(() => state.unswept.push(4))
  rescuer.start()
  await settle()
  expect(swept).toEqual([3])
  await rescuer.stop()
})

it.each(['declareLost', 'rescue', 'markSwept', 'lookForRescue'] as const)(
  'calls nothing searched when %s fails before the end, and tries again',
  async (part) => {
    const { state, rescuer, swept, events } = build()
    state.silent = [{ id: 3, name: 'dead' }]
    state.fail = part
    rescuer.start()
    await settle()
    expect(events.named('part.failed')).toMatchObject([{ part: 'rescuer', error: 'away' }])
    expect(swept).toEqual([])
    state.fail = undefined
    await vi.advanceTimersByTimeAsync(1_000)
    expect(swept).toEqual([3])
    await rescuer.stop()
  },
)

it.each<[string, number | null, number, number]>([
  ['soon after the next lease can be over', 4_000, 4_000, 5_000],
  ['soon where one is over already', -2_000, 0, 1_000],
  ['a lease later where there is nobody else', null, LEASE_MS, LEASE_MS + 1_000],
  ['a lease later where another has a longer one', 600_000, LEASE_MS, LEASE_MS + 1_000],
])('looks again %s', async (_, expiryMs, earliestMs, latestMs) => {
  const { state, rescuer, calls } = build()
  state.expiryMs = expiryMs
  rescuer.start()
  await settle()
  const looks = () => calls.filter((call) => call === 'lookForRescue').length
  await vi.advanceTimersByTimeAsync(earliestMs)
  expect(looks()).toBe(1)
  await vi.advanceTimersByTimeAsync(latestMs - earliestMs)
  expect(looks()).toBeGreaterThan(1)
  await rescuer.stop()
})
