// The engine: builds the parts and hands each of them what it needs.

import type { RunTools } from '../handlers/invoke.ts'
import type { Outcome } from '../task/outcome.ts'
import type { Claim } from '../task/task.ts'
import { createRunSpans } from '../telemetry/trace.ts'
import { watchCancellations } from './cancellations.ts'
import { monotonicMs } from './clock.ts'
import { Custody } from './custody.ts'
import { Drain } from './drain.ts'
import { Fetcher } from './fetcher.ts'
import type { Holding } from './holdings.ts'
import { Kinds } from './kinds.ts'
import { Lease } from './lease.ts'
import { Listener } from './listener.ts'
import { LogLines } from './log-lines.ts'
import type { DrainReport, Engine, EngineOptions, EngineStatus } from './options.ts'
import { Pruner } from './pruner.ts'
import { Rescuer } from './rescuer.ts'
import { Scheduler } from './scheduler.ts'
import { bindStore } from './store.ts'
import { work } from './worker.ts'

/**
 * What has run and is not written yet takes no room, so that the next claim does not wait for a commit; but no more than
 * this many times the room, so that a database that cannot take outcomes is asked for no more work.
 */
const UNWRITTEN_ROOMS = 2

/** Builds an engine that is not started. Nothing is read, opened or timed before `start`. */
export function createEngine(options: EngineOptions): Engine {
  const { name, queues, workers, fetchLimit, fetchIntervalMs, leaseMs, retainMs, untilEmpty, emit } = options
  const startedMs = monotonicMs()
  const kinds = new Kinds(options.registry)
  const spans = createRunSpans(name)
  const store = bindStore(
    options,
    kinds,
    () => lease.processId,
    () => lease.nowUs,
  )

  const custody = new Custody({
    claim: async (limit, lanes) => {
      const claimed = await store.claim(limit, lanes)
      return { ...claimed, claims: claimed.claims.map((claim) => kinds.capped(claim)) }
    },
    claimSuspect: async () => {
      const suspect = await store.claimSuspect()
      return suspect && kinds.capped(suspect)
    },
    settle: store.settle,
    backoffOf: (kind) => kinds.backoff(kind),
    sinceUs: () => lease.sinceUs,
    mayRun,
    onFinished: () => fetcher.roomMade(),
    onSettled: ({ kind }, settlement) => {
      if ('delayMs' in settlement) fetcher.dueIn(settlement.delayMs)
      const isNews = (untilEmpty && custody.holdings.isEmpty) || kinds.limit(kind) < Number.POSITIVE_INFINITY
      if (isNews) fetcher.wake()
      else fetcher.roomMade()
    },
    emit,
  })
  const { holdings, channel, tally } = custody

  const fetcher = new Fetcher(
    {
      room: () =>
        lease.isFenced
          ? 0
          : Math.max(workers, fetchLimit) - custody.toRun(UNWRITTEN_ROOMS * Math.max(workers, fetchLimit)),
      kindRoom: (kind) => kinds.limit(kind) - holdings.ofKind(kind),
      hasWaiting: () => channel.waiting > 0,
      holdsNothing: () => holdings.isEmpty && !lease.isFenced,
      claim: (limit, lanes) => custody.claim(limit, lanes),
      claimSuspect: () => custody.claimSuspect(),
      isAnyPending: store.isAnyPending,
      look: (forSuspects) =>
        store.look(forSuspects ? (holdings.isEmpty ? 'nothing' : 'something') : 'unasked'),
      fallAsleep: store.fallAsleep,
      wakeUp: store.wakeUp,
      releaseStrays: async (isLast) => {
        const ids = await store.releaseStrays(holdings.ids())
        if (ids.length > 0) emit('strays.released', { ids })
        if (isLast) holdings.forgetUnanswered()
      },
      onIdle: async () => {
        if (untilEmpty && holdings.isEmpty && !(await store.isAnythingLeft())) drain.begin()
      },
    },
    { fetchLimit, fetchIntervalMs, emit },
  )

  const counters = (nowUs: number) => tally.counters(monotonicMs(), nowUs, holdings.claims())
  const lease = new Lease(
    {
      join: store.join,
      leave: (processId, nowUs) => {
        const last = counters(nowUs)
        tally.startOver()
        return () => store.leaveCounters(processId, last)
      },
      snapshot: (nowUs) => ({
        running: holdings.running().length,
        waiting: channel.waiting,
        claimsSinceUs: holdings.claimsSinceUs,
        counters: counters(nowUs),
        doing: holdings.longest(nowUs, monotonicMs()),
      }),
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

  const rescuer = new Rescuer({ ...store, onRescued: () => fetcher.wake(), emit }, leaseMs)
  const scheduler = new Scheduler({ readTicks: store.readTicks, takeTick: store.takeTick, emit })
  const pruner = retainMs === undefined ? undefined : new Pruner({ ...store, emit }, retainMs)
  const logLines = new LogLines(store.appendLogs, emit)

  const listener = new Listener({
    open: () =>
      store.listen({
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
    heldIds: () => holdings.ids(),
    readCancelRequests: store.readCancelRequests,
    cancel: (id) => custody.cancel(id),
    emit,
  })

  const drain = new Drain({
    custody,
    drainTimeoutMs: options.drainTimeoutMs,
    stopFetching: () => Promise.all([fetcher.stop(), rescuer.stop(), scheduler.stop(), pruner?.stop()]),
    markDraining: store.markDraining,
    stopBeating: () =>
      Promise.allSettled([logLines.stop(), listener.stop(), cancellations.stop(), lease.stop()]),
    sayGoodbye: () => store.sayGoodbye(counters(lease.nowUs)),
    emit,
  })

  function mayRun(claim: Claim): boolean {
    return !lease.isFenced && claim.processId === lease.processId
  }

  function execute(holding: Holding, signal: () => AbortSignal): Promise<Outcome> {
    const { claim } = holding
    const tools: RunTools = {
      signal,
      traceparent: () => spans.traceparent(claim),
      log: (line) => logLines.add(claim, line),
      progress: (fraction) => {
        holding.progress = fraction
      },
      complete: (effects) => store.completeWith(claim, effects),
    }
    return spans.within(claim, () => kinds.execute(claim, tools))
  }

  function finish(holding: Holding, outcome: Outcome, tookMs: number): void {
    spans.end(holding.claim, outcome)
    custody.finish(holding, outcome, tookMs)
  }

  async function start(): Promise<void> {
    await lease.start()
    emit('process.started', { name, workers, queues, kinds: kinds.names })
    const parts = {
      channel,
      execute,
      timeoutMs: (claim: Claim) => kinds.timeoutMs(claim),
      mayRun,
      release: (held: readonly Holding[]) => custody.release(held),
      finish,
      emit,
    }
    drain.workers = Array.from({ length: workers }, (_, index) => work(index + 1, parts))
    for (const part of [listener, cancellations, logLines, rescuer, scheduler, pruner, fetcher]) part?.start()
  }

  function status(): EngineStatus {
    const nowMs = monotonicMs()
    const running = holdings
      .running()
      .flatMap(({ claim, progress, running }) =>
        running ? [{ claim, worker: running.worker, forMs: nowMs - running.startedMs, progress }] : [],
      )
    const { state, leftMs } = drain
    return {
      ...{ state, workers, waiting: channel.waiting, running },
      ...{ drainLeftMs: leftMs, beatAgeMs: lease.beatAgeMs, totals: tally.totals },
    }
  }

  const finished: Promise<DrainReport> = drain.finished.then((report) => {
    emit('process.stopped', { name, totals: tally.totals, ranMs: monotonicMs() - startedMs })
    return { ...report, totals: tally.totals }
  })
  return { start, status, finished, drain: () => drain.begin(), abort: () => drain.abort() }
}
