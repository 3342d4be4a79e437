// A store of one lane for the tests of the fetcher: it counts tasks, remembers each call, and fails where it is told to.
import { Fetcher, type FetcherOptions, type FetcherParts } from '../../src/engine/fetcher.ts'
import { type LanePosition, laneKey } from '../../src/task/lane.ts'
import { claimsOf, recorder } from './fixtures.ts'

type Part =
  | 'claim'
  | 'look'
  | 'lookAtQueues'
  | 'isAnyPending'
  | 'fallAsleep'
  | 'wakeUp'
  | 'onIdle'
  | 'claimSuspect'
  | 'releaseStrays'
  | 'isClaimUnderWay'

interface Store {
  /** Due and not claimed. */
  pending: number
  /** Claimed and not finished. */
  held: number
  /** Of these, how many no worker has taken. */
  waiting: number
  /** Due, and to be run alone. */
  suspects: number
  /** Pending, and for others. */
  unserved: number
  /** They are in other hands: none can be claimed. */
  suspectsLocked: boolean
  /** What somebody who enqueues sees. */
  asleep: boolean
  /** What is due is in other hands: nothing can be claimed. */
  locked: boolean
  /** The part that is refused for now. */
  fail: Part | undefined
  /** The part that takes a second before it does anything. */
  slowly: Part | undefined
  readonly calls: Part[]
  readonly strayLooks: { atMs: number; lostAgoMs: number; isLast: boolean }[]
  /** The server has a claim under way that nobody waits for. */
  isClaimStuck: boolean
  readonly asked: { limit: number; room: number }[]
  /** For each claim, how many were claimed when it was where it begins. */
  readonly begunBehind: number[]
  /** Points at which somebody may come in between: before and after the effect of each call. */
  steps: number
  onStep: (step: number) => void
  beforeClaim: () => Promise<void>
  /** Inserts a task that is due in `delayMs`. */
  enqueueIn(delayMs: number): void
}

const LANE = { queue: 'default', kind: 'mail', priority: 0 }

interface Setting {
  capacity?: number
  pending?: number
  fetchLimit?: number
  fetchIntervalMs?: number
}

export function fetcherOver({
  capacity = 1_000,
  pending = 0,
  fetchLimit = 10,
  fetchIntervalMs = 5_000,
}: Setting = {}) {
  const events = recorder()
  const delayed: number[] = []
  const store: Store = {
    pending,
    held: 0,
    waiting: 0,
    suspects: 0,
    suspectsLocked: false,
    unserved: 0,
    asleep: false,
    locked: false,
    fail: undefined,
    slowly: undefined,
    calls: [],
    strayLooks: [],
    isClaimStuck: false,
    asked: [],
    begunBehind: [],
    steps: 0,
    onStep: () => {},
    beforeClaim: async () => {},
    enqueueIn: (delayMs) => void delayed.push(Date.now() + delayMs),
  }
  const call = async <Value>(part: Part, effect: () => Value): Promise<Value> => {
    store.calls.push(part)
    await (store.slowly === part ? new Promise((resolve) => setTimeout(resolve, 1_000)) : Promise.resolve())
    store.onStep(store.steps++)
    if (store.fail === part) throw new Error(`${part} was refused`)
    const value = effect()
    await Promise.resolve()
    store.onStep(store.steps++)
    return value
  }
  let taken = 0
  /** Ids count from 1 in the order of claims. */
  const reached = (): LanePosition => ({ afterRunAtS: 0, afterId: taken })
  const setAsleep = (asleep: boolean) => {
    store.asleep = asleep
  }
  /** What has become due by now. */
  const ripen = () => {
    for (const [index, dueMs] of delayed.entries()) {
      if (dueMs > Date.now()) continue
      delayed.splice(index, 1)
      store.pending += 1
    }
  }
  const parts: FetcherParts = {
    room: () => capacity - store.held,
    hasWaiting: () => store.waiting > 0,
    kindRoom: () => Number.POSITIVE_INFINITY,
    async claim(limit, lanes) {
      store.asked.push({ limit, room: capacity - store.held })
      store.begunBehind.push(Number(lanes[0]?.afterId))
      await store.beforeClaim()
      return call('claim', () => {
        ripen()
        const count = store.locked ? 0 : Math.min(limit, store.pending)
        store.pending -= count
        store.held += count
        taken += count
        return {
          claims: claimsOf(count),
          positions: new Map(count === 0 ? [] : [[laneKey(LANE), reached()]]),
        }
      })
    },
    lookAtQueues: (_, known) =>
      call('lookAtQueues', () => {
        ripen()
        const isNew = known.length === 0
        if (isNew && store.pending + delayed.length === 0) return []
        const dueInMs = delayed.length === 0 ? null : Math.min(...delayed) - Date.now()
        return [{ ...LANE, isNew, dueInMs }]
      }),
    isAnyPending: () =>
      call('isAnyPending', () => {
        ripen()
        return store.pending + store.suspects + delayed.length + store.unserved > 0
      }),
    look: (forSuspects) =>
      call('look', () => {
        ripen()
        const next = Math.min(...delayed) - Date.now()
        const isSuspectDue = forSuspects && store.suspects > 0
        const isAnyPending = store.pending + store.suspects + delayed.length + store.unserved > 0
        const dueInMs = store.pending > 0 ? -1 : next
        return {
          lanes: dueInMs < Infinity ? [{ ...LANE, dueInMs, front: reached() }] : [],
          isSuspectDue,
          isAnyPending,
        }
      }),
    fallAsleep: () => call('fallAsleep', () => setAsleep(true)),
    wakeUp: () => call('wakeUp', () => setAsleep(false)),
    holdsNothing: () => store.held === 0,
    claimSuspect: () =>
      call('claimSuspect', () => {
        if (store.suspects === 0 || store.suspectsLocked) return false
        store.suspects -= 1
        store.held += 1
        return true
      }),
    releaseStrays: (lostAgoMs, isLast) =>
      call('releaseStrays', () => void store.strayLooks.push({ atMs: Date.now(), lostAgoMs, isLast })),
    isClaimUnderWay: () => call('isClaimUnderWay', () => store.isClaimStuck),
    onIdle: () => call('onIdle', () => {}),
  }
  const options: FetcherOptions = { fetchLimit, fetchIntervalMs, emit: events.emit }
  return { store, events, fetcher: new Fetcher(parts, options) }
}
