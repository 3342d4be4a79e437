// The engine: builds the parts and hands each of them what it needs.
import type { Claim } from '../task/task.ts'
import { monotonicMs } from './clock.ts'
import { Custody } from './custody.ts'
import { Drain } from './drain.ts'
import { Fetcher } from './fetcher.ts'
import { Hearing } from './hearing.ts'
import type { Holding } from './holdings.ts'
import { Kinds } from './kinds.ts'
import { Lease } from './lease.ts'
import { LogLines } from './log-lines.ts'
import type { DrainReport, Engine, EngineOptions } from './options.ts'
import { createRunning } from './running.ts'
import { readCounters, readSnapshot } from './snapshot.ts'
import { readStatus } from './status.ts'
import { bindStore } from './store.ts'
import { Upkeep } from './upkeep.ts'
import { work } from './worker.ts'

/** Builds an engine that is not started. Nothing is read, opened or timed before `start`. */
export function createEngine(options: EngineOptions): Engine {
  const { name, queues, workers, fetchLimit, fetchIntervalMs, leaseMs, retainMs, untilEmpty, emit } = options
  const startedMs = monotonicMs()
  const kinds = new Kinds(options.registry)
  const store = bindStore(
    options,
    kinds,
    () => lease.processId,
    () => lease.nowUs,
  )

  const custody = new Custody({
    claim: store.claim,
    claimSuspect: store.claimSuspect,
    settle: store.settle,
    backoffOf: (kind) => kinds.backoff(kind),
    sinceUs: () => lease.sinceUs,
    mayRun,
    onFinished: () => fetcher.roomMade(),
    onSettled: ({ kind }, settlement) => {
      if ('delayMs' in settlement) fetcher.dueIn(settlement.delayMs)
      if (untilEmpty && custody.holdings.isEmpty) fetcher.wake()
      else if (kinds.limit(kind) < Number.POSITIVE_INFINITY) fetcher.kindRoomMade()
      else fetcher.roomMade()
    },
    emit,
  })
  const { holdings, channel, tally } = custody

  const fetcher = new Fetcher(
    {
      room: () => (lease.isFenced ? 0 : custody.room(Math.max(workers, fetchLimit))),
      kindRoom: (kind) => kinds.limit(kind) - holdings.ofKind(kind),
      hasWaiting: () => channel.waiting > 0,
      holdsNothing: () => holdings.isEmpty && !lease.isFenced,
      claim: (limit, lanes) => custody.claim(limit, lanes),
      claimSuspect: () => custody.claimSuspect(),
      isAnyPending: store.isAnyPending,
      lookAtQueues: store.lookAtQueues,
      look: (forSuspects) =>
        store.look(forSuspects ? (holdings.isEmpty ? 'nothing' : 'something') : 'unasked'),
      fallAsleep: store.fallAsleep,
      wakeUp: store.wakeUp,
      isClaimUnderWay: store.isClaimUnderWay,
      releaseStrays: async (lostAgoMs, isLast) => {
        const ids = await store.releaseStrays(holdings, lostAgoMs)
        if (ids.length > 0) emit('strays.released', { ids })
        if (isLast) holdings.forgetUnanswered()
      },
      onIdle: async () => {
        if (untilEmpty && holdings.isEmpty && !(await store.isAnythingLeft())) drain.begin()
      },
    },
    { fetchLimit, fetchIntervalMs, emit },
  )

  const lease = new Lease(
    {
      join: store.join,
      leave: (processId, nowUs) => {
        const last = readCounters(custody, nowUs)
        tally.startOver()
        return () => store.leaveCounters(processId, last)
      },
      snapshot: (nowUs) => readSnapshot(custody, nowUs),
      onFenced: () => {
        const waiting = channel.empty()
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

  const upkeep = new Upkeep({ ...store, onRescued: () => fetcher.wake(), emit }, { leaseMs, retainMs })
  const logLines = new LogLines(store.appendLogs, emit)

  const hearing = new Hearing({
    listen: store.listen,
    readCancelRequests: store.readCancelRequests,
    heldIds: () => holdings.ids(),
    onWork: (queue) => (isServed(queue) ? fetcher.wakeFor(queue) : undefined),
    onBack: (queue) => (isServed(queue) ? fetcher.wake() : undefined),
    onCancel: (id) => custody.cancel(id),
    onPause: (queue) => custody.giveBack(queue),
    onSchedule: () => upkeep.wakeScheduler(),
    onConnected: () => fetcher.wake(),
    emit,
  })

  const drain = new Drain({
    custody,
    drainTimeoutMs: options.drainTimeoutMs,
    stopFetching: () => Promise.all([fetcher.stop(), upkeep.stop()]),
    markDraining: store.markDraining,
    stopBeating: () => Promise.allSettled([logLines.stop(), hearing.stop(), lease.stop()]),
    sayGoodbye: () =>
      store.sayGoodbye(readCounters(custody, lease.nowUs), custody.holdings.claimsSinceUs === null),
    emit,
  })

  function isServed(queue: string): boolean {
    return queues === null || queues.includes(queue)
  }

  function mayRun(claim: Claim): boolean {
    return !lease.isFenced && claim.processId === lease.processId
  }

  async function start(): Promise<void> {
    await lease.start()
    emit('process.started', { name, workers, queues, kinds: kinds.names })
    const parts = {
      channel,
      ...createRunning({ name, kinds, logLines, store, custody }),
      mayRun,
      release: (held: readonly Holding[]) => custody.release(held),
      emit,
    }
    drain.workers = Array.from({ length: workers }, (_, index) => work(index + 1, parts))
    for (const part of [hearing, logLines, upkeep, fetcher]) part.start()
  }

  const status = () => readStatus({ workers, custody, drain, lease })

  const finished: Promise<DrainReport> = drain.finished.then((report) => {
    emit('process.stopped', { name, totals: tally.totals, ranMs: monotonicMs() - startedMs })
    return { ...report, totals: tally.totals }
  })
  return { start, status, finished, drain: () => drain.begin(), abort: () => drain.abort() }
}
