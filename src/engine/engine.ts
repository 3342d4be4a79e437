// The engine: builds the parts, and hands each of them what it needs. Only here do they meet the database and the handlers.
import { hostname } from 'node:os'
import { readCancelRequests } from '../db/cancel.ts'
import { claim } from '../db/claim.ts'
import { readLanes } from '../db/lanes.ts'
import { listen } from '../db/listen.ts'
import { appendLogs } from '../db/logs.ts'
import { findNamesake, markDraining, register, sayGoodbye } from '../db/processes.ts'
import { isAnythingLeft } from '../db/remaining.ts'
import { declareDead, declareLost, markSwept, nextExpiryMs, readUnswept, rescue } from '../db/rescue.ts'
import { readTicks, takeTick } from '../db/schedules.ts'
import { settle } from '../db/settle.ts'
import { fallAsleep, wakeUp } from '../db/sleepers.ts'
import { releaseStrays } from '../db/strays.ts'
import { claimSuspect, isSuspectDue } from '../db/suspects.ts'
import { completeWith } from '../db/transact.ts'
import { invoke } from '../handlers/invoke.ts'
import { DEFAULT_BACKOFF } from '../task/backoff.ts'
import type { Outcome } from '../task/outcome.ts'
import type { Claim } from '../task/task.ts'
import { watchCancellations } from './cancellations.ts'
import { monotonicMs } from './clock.ts'
import { Custody } from './custody.ts'
import { Drain } from './drain.ts'
import { Fetcher } from './fetcher.ts'
import type { Holding } from './holdings.ts'
import { join, pidProof } from './join.ts'
import { Lease } from './lease.ts'
import { Listener } from './listener.ts'
import { LogLines } from './log-lines.ts'
import type { DrainReport, Engine, EngineOptions, EngineStatus } from './options.ts'
import { Rescuer } from './rescuer.ts'
import { Scheduler } from './scheduler.ts'
import { work } from './worker.ts'

/** Builds an engine that is not started. Nothing is read, opened or timed before `start`. */
export function createEngine(options: EngineOptions): Engine {
  const { pool, name, queues, registry, workers, fetchLimit, leaseMs, crashLimit, untilEmpty, emit } = options
  const kinds = [...registry.keys()]
  /** Tasks that died this often are run alone. */
  const suspectCrashes = Math.max(1, crashLimit - 1)
  const startedMs = monotonicMs()

  /** The kind may allow fewer attempts than the task asks for. */
  const capped = (claim: Claim): Claim => {
    const most = registry.get(claim.kind)?.maxAttempts
    return most === undefined || most >= claim.maxAttempts ? claim : { ...claim, maxAttempts: most }
  }

  const custody = new Custody({
    claim: async (limit, lanes) => {
      const claimed = await claim(pool, lease.processId, limit, lanes, suspectCrashes - 1)
      return { ...claimed, claims: claimed.claims.map(capped) }
    },
    claimSuspect: async () => {
      const suspect = await claimSuspect(pool, lease.processId, suspectCrashes)
      return suspect && capped(suspect)
    },
    settle: (batch, resent) => settle(pool, name, batch, resent),
    backoffOf: (kind) => registry.get(kind)?.backoff ?? DEFAULT_BACKOFF,
    sinceUs: () => lease.sinceUs,
    mayRun: (claim) => !lease.isFenced && claim.processId === lease.processId,
    onSettled: ({ kind }, settlement) => {
      if ('delayMs' in settlement) fetcher.dueIn(settlement.delayMs)
      const isNews = (untilEmpty && custody.holdings.isEmpty) || registry.get(kind)?.limit !== undefined
      if (isNews) fetcher.wake()
      else fetcher.roomMade()
    },
    emit,
  })

  const fetcher = new Fetcher(
    {
      room: () => (lease.isFenced ? 0 : Math.max(workers, fetchLimit) - custody.holdings.size),
      kindRoom: (kind) =>
        (registry.get(kind)?.limit ?? Number.POSITIVE_INFINITY) - custody.holdings.ofKind(kind),
      hasWaiting: () => custody.channel.waiting > 0,
      holdsNothing: () => custody.holdings.isEmpty && !lease.isFenced,
      claim: (limit, lanes) => custody.claim(limit, lanes),
      claimSuspect: () => custody.claimSuspect(),
      isSuspectDue: () => isSuspectDue(pool, lease.processId, suspectCrashes, custody.holdings.isEmpty),
      readLanes: () => readLanes(pool, queues, kinds),
      fallAsleep: (forMs) => fallAsleep(pool, lease.processId, queues, forMs),
      wakeUp: () => wakeUp(pool, lease.processId),
      releaseStrays: async (isLast) => {
        const ids = await releaseStrays(pool, lease.processId, custody.holdings.ids())
        if (ids.length > 0) emit('strays.released', { ids })
        if (isLast) custody.holdings.forgetUnanswered()
      },
      onIdle: async () => {
        if (untilEmpty && custody.holdings.isEmpty && !(await isAnythingLeft(pool, queues, kinds)))
          drain.begin()
      },
    },
    { fetchLimit, fetchIntervalMs: options.fetchIntervalMs, emit },
  )

  const lease = new Lease(
    {
      join: () =>
        join({
          name,
          register: () => {
            const { version } = options
            const identity = {
              name,
              host: hostname(),
              pid: process.pid,
              pidProof: pidProof(),
              version,
              leaseMs,
              queues,
              kinds,
              workers,
            }
            return register(pool, identity)
          },
          findNamesake: () => findNamesake(pool, name),
          declareDead: (id) => declareDead(pool, id),
          declareLost: () => declareLost(pool),
        }),
      snapshot: () => ({
        running: custody.holdings.running().length,
        waiting: custody.channel.waiting,
        claimsSinceUs: custody.holdings.claimsSinceUs,
        counters: custody.tally.counters(monotonicMs()),
      }),
      onFenced: () => {
        const waiting = custody.channel.empty()
        custody.release(waiting)
        emit('lease.fenced', { aborted: custody.stopRunning('fenced'), waiting: waiting.length })
      },
      onHeld: () => fetcher.wake(),
    },
    {
      url: options.databaseUrl,
      applicationName: `taskproc beat ${name}`,
      leaseMs,
      blockedLimitMs: options.blockedLimitMs,
      emit,
    },
  )

  const rescuer = new Rescuer(
    {
      declareLost: () => declareLost(pool),
      readUnswept: () => readUnswept(pool),
      markSwept: (ids) => markSwept(pool, ids),
      rescue: (limit) => rescue(pool, crashLimit, limit),
      nextExpiryMs: () => nextExpiryMs(pool, lease.processId),
      onRescued: () => fetcher.wake(),
      emit,
    },
    leaseMs,
  )

  const scheduler = new Scheduler({
    readTicks: (withinMs) => readTicks(pool, withinMs),
    takeTick: (tick, followingAt) => takeTick(pool, tick, followingAt),
    emit,
  })

  const listener = new Listener({
    open: () =>
      listen({ url: options.listenUrl, applicationName: `taskproc listen ${name}` }, pool, {
        onWork: (queue) => (queues === null || queues.includes(queue) ? fetcher.wake() : undefined),
        onCancel: (id) => custody.cancel(id),
        onPause: (queue) => custody.giveBack(queue),
        onSchedule: () => scheduler.wake(),
      }),
    onConnected: () => fetcher.wake(),
    emit,
  })

  const cancellations = watchCancellations({
    isHearing: () => listener.isHearing,
    heldIds: () => custody.holdings.ids(),
    readCancelRequests: (ids) => readCancelRequests(pool, ids),
    cancel: (id) => custody.cancel(id),
    emit,
  })

  const logLines = new LogLines((lines) => appendLogs(pool, name, lines), emit)

  const drain = new Drain({
    custody,
    drainTimeoutMs: options.drainTimeoutMs,
    stopFetching: () => Promise.all([fetcher.stop(), rescuer.stop(), scheduler.stop()]),
    markDraining: () => markDraining(pool, lease.processId),
    stopBeating: () =>
      Promise.allSettled([logLines.stop(), listener.stop(), cancellations.stop(), lease.stop()]),
    sayGoodbye: () => sayGoodbye(pool, lease.processId, custody.tally.counters(monotonicMs())),
    emit,
  })

  function execute(holding: Holding, signal: () => AbortSignal): Promise<Outcome> {
    const { claim } = holding
    const registration = registry.get(claim.kind)
    if (registration === undefined)
      throw new Error(`claimed a task of the kind ${claim.kind}, which has no handler here`)
    return invoke(registration, claim, {
      signal,
      log: (line) => logLines.add(claim, line),
      progress: (fraction) => {
        holding.progress = fraction
      },
      complete: (effects) => completeWith(pool, name, claim, effects),
    })
  }

  async function start(): Promise<void> {
    await lease.start()
    emit('process.started', { name, workers, queues, kinds })
    const parts = {
      channel: custody.channel,
      execute,
      timeoutMs: (claim: Claim) => claim.timeoutMs ?? registry.get(claim.kind)?.timeoutMs ?? null,
      finish: custody.finish.bind(custody),
      emit,
    }
    drain.workers = Array.from({ length: workers }, (_, index) => work(index + 1, parts))
    for (const part of [listener, cancellations, logLines, rescuer, scheduler, fetcher]) part.start()
  }

  function status(): EngineStatus {
    const nowMs = monotonicMs()
    const running = custody.holdings
      .running()
      .flatMap(({ claim, running }) =>
        running ? [{ claim, worker: running.worker, forMs: nowMs - running.startedMs }] : [],
      )
    return {
      state: drain.state,
      waiting: custody.channel.waiting,
      running,
      drainLeftMs: drain.leftMs,
      totals: custody.tally.totals,
    }
  }

  const finished: Promise<DrainReport> = drain.finished.then((report) => {
    emit('process.stopped', { name, totals: custody.tally.totals, ranMs: monotonicMs() - startedMs })
    return { ...report, totals: custody.tally.totals }
  })
  return { start, status, finished, drain: () => drain.begin(), abort: () => drain.abort() }
}
