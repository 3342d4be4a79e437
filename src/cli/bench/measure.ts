// One run of engines under a load, measured from outside: what happened to each task, and what it cost.
import { setTimeout as sleep } from 'node:timers/promises'
import { hasEnded, readCounters } from '../../db/bench/meter.ts'
import { countDone } from '../../db/bench/trial.ts'
import { grouped } from '../../telemetry/words.ts'
import { unlessAborted } from '../interruptible.ts'
import { nowMs } from './clock.ts'
import { serverCpuSeconds } from './cpu.ts'
import type { Run } from './document.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { Ledger } from './ledger.ts'
import { LOAD_APPLICATION } from './load.ts'
import { ENGINE_APPLICATION, type EngineEnd, type EngineSetup } from './messages.ts'
import { type Cost, runOf } from './run.ts'
import type { Stage } from './stage.ts'

const LOOK_MS = 20
const NOTE_EVERY_MS = 200
/** Without a task finished for so long, what is missing is lost. */
const PATIENCE_MS = 60_000
const ENDED_LIMIT_MS = 5_000
const IDS_PER_LOOK = 50_000

export interface Trial {
  readonly name: string
  readonly processes: number
  readonly engine: Pick<EngineSetup, 'workers' | 'fetchLimit' | 'fetchIntervalMs' | 'failOneIn'>
  /** Before the engines run, and before anything is measured. */
  readonly before?: (ledger: Ledger) => Promise<void>
  /** While they run; ends soon when the signal of its stage is aborted. Without it they end when nothing is left. */
  readonly during?: (ledger: Ledger, stage: Stage) => Promise<void>
  /** Of the time in which tasks arrive: what arrived before its end is in no latency. */
  readonly warmUpShare?: number
  /** What its reader must know, a sentence each. */
  readonly remarks?: (ledger: Ledger) => string[]
}

/** Runs a trial to its end. Throws the reason of the signal of the stage when it is aborted, with no engine left. */
export async function measure(stage: Stage, trial: Trial): Promise<Run> {
  const ledger = new Ledger()
  await trial.before?.(ledger)
  await awaitEnded(stage, LOAD_APPLICATION)
  stage.note(`${trial.name}: starting`)
  const fleet = await startFleet(setups(stage, trial), ledger)
  const stopNoting = noteProgress(stage, trial, ledger)
  try {
    const before = await costs(stage)
    const goMs = nowMs()
    fleet.go()
    if (trial.during) {
      await withoutFailure(fleet, (failed) =>
        trial.during?.(ledger, { ...stage, signal: AbortSignal.any([stage.signal, failed]) }),
      )
      await allFinished(stage, ledger)
      fleet.drain()
    }
    const ends = await unlessAborted(stage.signal, untilStuck(fleet, ledger))
    await awaitEnded(stage, ENGINE_APPLICATION)
    const after = await costs(stage)
    const doneRows = await countDoneRows(stage, ledger)
    const facts = {
      name: trial.name,
      engine: engineTold(trial),
      goMs,
      doneRows,
      failOneIn: trial.engine.failOneIn,
      warmUpShare: trial.warmUpShare ?? 0,
    }
    const run = runOf(ledger, {
      ...facts,
      cost: cost(before, after, ends),
      ...fleet,
      refused: fleet.refused(),
    })
    return { ...run, remarks: trial.remarks?.(ledger) ?? [] }
  } finally {
    stopNoting()
    await fleet.kill()
  }
}

function setups(stage: Stage, { name, processes, engine, during }: Trial): EngineSetup[] {
  return Array.from({ length: processes }, (_, index) => ({
    ...engine,
    url: stage.url,
    listenUrl: stage.listenUrl,
    queue: stage.queue,
    name: `${stage.queue}-${name.replace(/\W+/g, '-')}-${index + 1}`,
    untilEmpty: during === undefined,
    logLevel: stage.config.logLevel,
  }))
}

function engineTold({ processes, engine }: Trial): Run['engine'] {
  return { processes, workers: engine.workers, fetch_limit: engine.fetchLimit }
}

type Look = Awaited<ReturnType<typeof costs>>

async function costs(stage: Stage) {
  return { ...(await readCounters(stage.pool)), serverCpuSeconds: serverCpuSeconds(stage.postmaster) }
}

function cost(before: Look, after: Look, ends: readonly EngineEnd[]): Cost {
  const sum = (of: (end: EngineEnd) => number) => ends.reduce((total, end) => total + of(end), 0)
  const isKnown = before.serverCpuSeconds !== null && after.serverCpuSeconds !== null
  return {
    walBytes: after.walBytes - before.walBytes,
    commits: after.commits - before.commits,
    buffers: after.buffers - before.buffers,
    deadRows: after.deadRows,
    statements: sum(({ statements }) => statements),
    clientCpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    serverCpuSeconds: isKnown ? (after.serverCpuSeconds ?? 0) - (before.serverCpuSeconds ?? 0) : null,
    peakRssBytes: Math.max(0, ...ends.map(({ peakRssBytes }) => peakRssBytes)),
  }
}

/** Runs `act`; its signal is aborted where an engine fails, and that is thrown when it has ended. */
async function withoutFailure(
  fleet: Fleet,
  act: (failed: AbortSignal) => Promise<void> | undefined,
): Promise<void> {
  const failed = new AbortController()
  fleet.ends.catch((thrown: unknown) => failed.abort(thrown))
  await act(failed.signal)
  failed.signal.throwIfAborted()
}

/** Waits until each task is finished, or none has been for so long that nobody will. */
async function allFinished(stage: Stage, ledger: Ledger): Promise<void> {
  let [seen, seenMs] = [ledger.finished, nowMs()]
  while (ledger.finished < ledger.expected && nowMs() - seenMs < PATIENCE_MS) {
    stage.signal.throwIfAborted()
    if (ledger.finished > seen) [seen, seenMs] = [ledger.finished, nowMs()]
    await sleep(LOOK_MS)
  }
}

/** The ends of all engines; where those that run until nothing is left find no end, they are told to. */
async function untilStuck(fleet: Fleet, ledger: Ledger): Promise<EngineEnd[]> {
  let seen = -1
  const timer = setInterval(() => {
    if (ledger.finished === seen) fleet.drain()
    seen = ledger.finished
  }, PATIENCE_MS)
  try {
    return await fleet.ends
  } finally {
    clearInterval(timer)
  }
}

/** What a connection did is counted for certain when it has ended. */
export async function awaitEnded({ pool, signal }: Stage, application: string): Promise<void> {
  for (const deadlineMs = nowMs() + ENDED_LIMIT_MS; nowMs() < deadlineMs; ) {
    signal.throwIfAborted()
    if (await hasEnded(pool, application)) return
    await sleep(LOOK_MS)
  }
}

async function countDoneRows({ pool }: Stage, { ids }: Ledger): Promise<number> {
  let done = 0
  for (let at = 0; at < ids.length; at += IDS_PER_LOOK)
    done += await countDone(pool, ids.slice(at, at + IDS_PER_LOOK))
  return done
}

function noteProgress(stage: Stage, { name }: Trial, ledger: Ledger): () => void {
  const timer = setInterval(() => {
    stage.note(`${name}: ${grouped(ledger.finished)} of ${grouped(ledger.expected)}`)
  }, NOTE_EVERY_MS)
  return () => clearInterval(timer)
}
