// taskproc bench steady: an open loop. Tasks arrive at times that are fixed before, whatever the engines do, and their
// latency counts from the time that was meant: who falls behind cannot hide it (coordinated omission).
import { setTimeout as sleep } from 'node:timers/promises'
import { LIMITS } from '../../task/limits.ts'
import { grouped } from '../../telemetry/words.ts'
import type { Config } from '../config.ts'
import { behind } from './behind.ts'
import type { Measurement } from './bench.ts'
import { nowMs } from './clock.ts'
import type { Run } from './document.ts'
import { engineOf, engineUsed } from './drain.ts'
import type { Ledger } from './ledger.ts'
import { allEnded, enqueueOwn, noop, withLoadPool } from './load.ts'
import { measure } from './measure.ts'
import type { Stage } from './stage.ts'

/** Clients that enqueue; each takes all that is due when it is free, so that nobody waits for the slow commit of another. */
const CLIENTS = 2
/**
 * What arrives is gathered for so long, and that counts as latency. Sent at once, 15,000 tasks/s are 2,000 statements of
 * seven rows each: on two cores the load then took a third of what the server needs for all of it.
 */
const GATHER_MS = 5
/** Arrivals begin when the engines are up. */
const LEAD_MS = 2_000
/** Of the time in which tasks arrive: code is compiled and caches fill, and what waited for it is run. */
const WARM_UP_SHARE = 0.1
/** A client that sleeps hears of an interruption so soon. */
const LONGEST_SLEEP_MS = 100

export type SteadyConfig = Config<
  'rate' | 'seconds' | 'evenly' | 'tuned' | 'processes' | 'payloadBytes' | 'benchWorkers' | 'benchFetchLimit'
>

export const STEADY: Measurement<keyof SteadyConfig> = {
  used: (config) => engineUsed(config, config.tuned),
  act: steadyRuns,
}

export async function steadyRuns(stage: Stage, config: SteadyConfig): Promise<Run[]> {
  const { rate, seconds, evenly, tuned, processes, payloadBytes } = config
  const offsets = arrivals({ rate, seconds, evenly }, Math.random)
  const run = await measure(stage, {
    name: `steady, ${grouped(rate)}/s`,
    processes,
    engine: engineOf(config, tuned),
    during: (ledger, running) => arrive(running, ledger, { offsets, payloadBytes }),
    warmUpShare: WARM_UP_SHARE,
    remarks: (ledger) => behind(ledger, rate),
  })
  return [run]
}

/** When tasks arrive, in milliseconds from the beginning, in their order. Not evenly: as a Poisson process. */
export function arrivals(
  { rate, seconds, evenly }: Config<'rate' | 'seconds' | 'evenly'>,
  random: () => number,
): Float64Array {
  const gapMs = 1000 / rate
  const offsets = new Float64Array(Math.max(1, Math.round(rate * seconds)))
  let atMs = 0
  for (let index = 0; index < offsets.length; index++) {
    offsets[index] = atMs
    atMs += evenly ? gapMs : -Math.log(1 - random()) * gapMs
  }
  return offsets
}

/** Enqueues each task at its time, or as soon after it as a client is free. */
async function arrive(
  stage: Stage,
  ledger: Ledger,
  { offsets, payloadBytes }: { offsets: Float64Array; payloadBytes: number },
): Promise<void> {
  const task = noop(stage, payloadBytes)
  await withLoadPool(stage, CLIENTS, async (pool) => {
    const beginMs = nowMs() + LEAD_MS
    let next = 0
    /** When the next ones are taken, at the earliest. */
    let gatheredMs = beginMs
    const client = async () => {
      while (next < offsets.length) {
        stage.signal.throwIfAborted()
        const leftMs = Math.max(beginMs + (offsets[next] ?? 0), gatheredMs) - nowMs()
        if (leftMs > 0) {
          await sleep(Math.min(leftMs, LONGEST_SLEEP_MS))
          continue
        }
        const times = takeDue()
        const tasks = times.map(() => task)
        await enqueueOwn(stage, pool, ledger, { tasks, atMs: times })
      }
    }
    const takeDue = () => {
      const now = nowMs()
      const times: number[] = []
      for (; next < offsets.length && times.length < LIMITS.batchRows; next++) {
        const atMs = beginMs + (offsets[next] ?? 0)
        if (atMs > now) break
        times.push(atMs)
      }
      // Who has fallen behind does not wait to gather more.
      if (times.length < LIMITS.batchRows) gatheredMs = now + GATHER_MS
      return times
    }
    await allEnded(Array.from({ length: CLIENTS }, client))
  })
}
