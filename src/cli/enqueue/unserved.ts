// A word to who enqueues what nobody would run: most likely the kind or the queue is mistyped.
import { type LiveProcess, readLiveProcesses, serves, servesQueue } from '../../db/doctor/due-lanes.ts'
import type { Pool } from '../../db/pool.ts'
import { nearest } from '../../task/near.ts'
import { count } from '../../telemetry/words.ts'
import type { Terminal } from '../terminal.ts'

/** Where tasks were put. */
export interface Place {
  readonly queue: string
  readonly kind: string
}

/** Nobody reads more kinds, nor more queues. */
const MOST_SAID = 20

/**
 * Says on stderr, once for each, which kinds none of the live processes has a handler for, and which queues none of them
 * serves. Where none is alive there is nothing to compare with. The tasks are in: that this cannot be found out is no
 * failure. `isPart`: there are more places than these.
 */
export async function warnUnserved(
  pool: Pool,
  places: Iterable<Place>,
  { stderr }: Terminal,
  isPart = false,
): Promise<void> {
  const processes = await readLiveProcesses(pool).catch(() => [])
  if (processes.length === 0) return
  const unserved = [...places].filter((place) => !processes.some((process) => serves(process, place)))
  const least = isPart ? 'at least ' : ''
  for (const [words, what] of [
    [unserved.flatMap((place) => aboutKind(place, processes)), 'kind'],
    [unserved.flatMap((place) => aboutQueue(place, processes)), 'queue'],
  ] as const) {
    const lines = [...new Set(words)]
    const left = lines.length - MOST_SAID
    const more = left > 0 ? [`and ${least}${count(left, `more ${what}`)}`] : []
    for (const line of [...lines.slice(0, MOST_SAID), ...more]) stderr.write(`${line}\n`)
  }
}

function aboutKind({ queue, kind }: Place, processes: readonly LiveProcess[]): string[] {
  const kinds = processes.flatMap((process) => process.kinds)
  if (!kinds.includes(kind)) return [`nobody serves the kind ${kind}${didYouMean(nearest(kind, kinds))}`]
  return isServed(queue, processes) ? [`nobody serves the kind ${kind} in the queue ${queue}`] : []
}

function aboutQueue({ queue }: Place, processes: readonly LiveProcess[]): string[] {
  if (isServed(queue, processes)) return []
  const queues = processes.flatMap((process) => process.queues ?? [])
  return [`nobody serves the queue ${queue}${didYouMean(nearest(queue, queues))}`]
}

function isServed(queue: string, processes: readonly LiveProcess[]): boolean {
  return processes.some((process) => servesQueue(process, queue))
}

function didYouMean(meant: readonly string[]): string {
  return meant.length === 0 ? '' : ` (did you mean ${meant.join(' or ')}?)`
}
