// The store as this process uses it: every verb of db/, bound to its pool, its name and its row. With kinds.ts and engine.ts
// the only place where the engine meets the rooms below it.
import { hostname } from 'node:os'
import { leaveCounters, type ProcessCounters } from '../db/beat.ts'
import { readCancelRequests } from '../db/cancel.ts'
import { claim } from '../db/claim.ts'
import { isClaimUnderWay } from '../db/claims-under-way.ts'
import { completeWith } from '../db/complete-with.ts'
import { lookAtQueues } from '../db/hinted-lanes.ts'
import { type Hearing, listen } from '../db/listen.ts'
import { appendLogs, type LogLine } from '../db/logs.ts'
import { isAnyPending, look } from '../db/look.ts'
import { findNamesake, markDraining, register, sayGoodbye } from '../db/processes.ts'
import { prune } from '../db/prune/prune.ts'
import { pruneOrphanLogs, pruneProcesses } from '../db/prune/rest.ts'
import { endTurn, findOld, takeTurn } from '../db/prune/retention.ts'
import { isAnythingLeft } from '../db/remaining.ts'
import { declareDead, declareLost, markSwept, rescue } from '../db/rescue.ts'
import { lookForRescue } from '../db/rescue-look.ts'
import { readTicks, takeTick } from '../db/schedules.ts'
import { settle } from '../db/settle.ts'
import { fallAsleep, wakeUp } from '../db/sleepers.ts'
import { releaseStrays } from '../db/strays.ts'
import { claimSuspect } from '../db/suspects.ts'
import type { LaneName, LaneStart } from '../task/lane.ts'
import { LIMITS } from '../task/limits.ts'
import type { Settling } from '../task/settlement.ts'
import type { Claim, TaskId } from '../task/task.ts'
import type { Holdings } from './holdings.ts'
import { join, pidProof } from './join.ts'
import type { Kinds } from './kinds.ts'
import type { EngineOptions } from './options.ts'

/**
 * A claim that is carried out later than this after it was sent does nothing. Above the time that an answer may take,
 * and below that of the last look for strays.
 */
const CLAIM_EXPIRES_MS = 40_000
/** What we take for the clock of the database may lag behind it by the time that the answer to a beat takes. */
const CLOCK_LAG_MS = 20_000

/**
 * `me` gives the row of this process in `processes`; it changes when the process was lost and joins anew. `nowUs` gives
 * the clock of the database.
 */
export function bindStore(options: EngineOptions, served: Kinds, me: () => TaskId, nowUs: () => number) {
  const { pool, name, queues, workers, leaseMs, crashLimit, version } = options
  /** Tasks that died this often are run alone. */
  const suspectCrashes = Math.max(1, crashLimit - 1)
  const expiresUs = () => nowUs() + CLAIM_EXPIRES_MS * 1000
  const { names: kinds, limits: kindLimits } = served
  const identity = {
    name,
    host: hostname(),
    pid: process.pid,
    version,
    leaseMs,
    queues,
    kinds,
    kindLimits,
    workers,
    crashLimit,
  }

  return {
    join: () =>
      join({
        name,
        register: () => register(pool, { ...identity, pidProof: pidProof() }),
        findNamesake: () => findNamesake(pool, name),
        declareDead: (id) => declareDead(pool, id),
        declareLost: () => declareLost(pool),
        isOwnRow: (id) => id === me(),
      }),
    leaveCounters: (id: TaskId, counters: ProcessCounters) => leaveCounters(pool, id, counters),
    markDraining: () => markDraining(pool, me()),
    sayGoodbye: (counters: ProcessCounters, isAnswered: boolean) =>
      sayGoodbye(pool, me(), counters, isAnswered),

    isAnyPending: () => isAnyPending(pool),
    lookAtQueues: (hinted: readonly string[], known: readonly LaneName[]) =>
      lookAtQueues(pool, hinted, kinds, known),
    look: (holds: Parameters<typeof look>[2]) =>
      look(pool, { processId: me(), queues, kinds, minCrashes: suspectCrashes }, holds),
    claim: async (limit: number, lanes: readonly LaneStart[]) => {
      const claimed = await claim(pool, me(), limit, lanes, suspectCrashes - 1, expiresUs())
      return { ...claimed, claims: claimed.claims.map((one) => served.capped(one)) }
    },
    claimSuspect: async () => {
      const suspect = await claimSuspect(pool, me(), suspectCrashes, expiresUs())
      return suspect && served.capped(suspect)
    },
    // Of a claim that was lost long ago, the range that it can lie in does not grow with the time since.
    releaseStrays: (held: Pick<Holdings, 'ids' | 'unansweredSinceUs'>, lostAgoMs: number) => {
      const lateMs = Math.max(0, lostAgoMs - CLAIM_EXPIRES_MS - CLOCK_LAG_MS)
      return releaseStrays(pool, me(), held.ids(), nowUs() - lateMs * 1000, held.unansweredSinceUs)
    },
    isClaimUnderWay: (lostAgoMs: number) => isClaimUnderWay(pool, Math.max(0, lostAgoMs - CLAIM_EXPIRES_MS)),
    isAnythingLeft: () => isAnythingLeft(pool, queues, kinds),

    settle: (batch: readonly Settling[], resent: boolean) => settle(pool, name, batch, resent),
    completeWith: <Value>(held: Claim, effects: Parameters<typeof completeWith<Value>>[3]) =>
      completeWith(pool, name, held, effects),
    appendLogs: (lines: readonly LogLine[]) => appendLogs(pool, name, lines),

    fallAsleep: (forMs: number) => fallAsleep(pool, me(), queues, forMs),
    wakeUp: () => wakeUp(pool, me()),
    listen: (hearing: Hearing) =>
      listen({ url: options.listenUrl, applicationName: `taskproc listen ${name}` }, pool, hearing),
    readCancelRequests: (ids: readonly TaskId[]) => readCancelRequests(pool, ids),

    lookForRescue: () => lookForRescue(pool, me()),
    declareLost: () => declareLost(pool),
    markSwept: (ids: readonly TaskId[]) => markSwept(pool, ids),
    rescue: (limit: number) => rescue(pool, crashLimit, limit),

    readTicks: (withinMs: number) => readTicks(pool, withinMs),
    takeTick: (tick: Parameters<typeof takeTick>[1], followingAt: string | null) =>
      takeTick(pool, tick, followingAt),

    takeTurn: () => takeTurn(pool),
    endTurn: (token: string, afterId: TaskId, pauseMs: number) => endTurn(pool, token, afterId, pauseMs),
    findOld: (afterId: TaskId, olderThanMs: number) => findOld(pool, olderThanMs, afterId),
    prune: async (ids: readonly TaskId[], olderThanMs: number) =>
      (await prune(pool, ids, { olderThanMs })).length,
    pruneProcesses: (olderThanMs: number) => pruneProcesses(pool, olderThanMs, LIMITS.batchRows),
    pruneOrphanLogs: (after: TaskId) => pruneOrphanLogs(pool, after, LIMITS.batchRows),
  }
}

export type Store = ReturnType<typeof bindStore>
