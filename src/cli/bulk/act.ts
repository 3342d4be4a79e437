// A bulk act: batch after batch of what a filter means, with pauses, until it is over or somebody interrupts it.
import { setTimeout as sleep } from 'node:timers/promises'
import { findNext, type Place, startOf } from '../../db/filter/walk.ts'
import type { Pool } from '../../db/pool.ts'
import { isAnybodyAlive } from '../../db/processes.ts'
import type { TaskFilter } from '../../task/filter.ts'
import type { TaskId } from '../../task/task.ts'
import type { Done, Reason, Verb } from './verbs.ts'

/** Rows that one search looks at: a few milliseconds. */
const LOOKS = 5_000
/** What was locked is tried again at the end, so often and ever later: a claim or a settlement is over in milliseconds. */
const TRIES = 5
const FIRST_WAIT_MS = 20

export interface Progress {
  readonly acted: Record<string, number>
  readonly refused: Partial<Record<Reason, number>>
  /** Tasks that were acted on or refused. */
  seen: number
  isInterrupted: boolean
}

/** `words` are those of the verb. */
export function noProgress(words: readonly string[]): Progress {
  return {
    acted: Object.fromEntries(words.map((word) => [word, 0])),
    refused: {},
    seen: 0,
    isInterrupted: false,
  }
}

interface ActParts<Filter extends TaskFilter> {
  readonly pool: Pool
  readonly verb: Verb<Filter>
  readonly filter: Filter
  readonly signal: AbortSignal
  readonly progress: Progress
  /** After each batch. */
  onProgress(): void
}

/** Keeps `progress` up to date, also where it ends in an error. A signal ends it behind the batch in flight. */
export async function act<Filter extends TaskFilter>(parts: ActParts<Filter>): Promise<void> {
  const { pool, verb, filter, signal, progress, onProgress } = parts
  const locked: TaskId[] = []
  let beganMs = performance.now()

  async function batch(ids: readonly TaskId[]): Promise<void> {
    const done = await verb.act(pool, ids, filter)
    locked.push(...add(progress, done))
    onProgress()
    if (verb.pauseShare > 0 && (await isAnybodyAlive(pool)))
      await pause(verb.pauseShare * (performance.now() - beganMs), signal)
    beganMs = performance.now()
  }

  for (let place: Place | null = startOf(filter); place !== null; ) {
    if (signal.aborted) break
    const { ids, next } = await findNext(pool, filter, place, LOOKS)
    for (let at = 0; at < ids.length && !signal.aborted; at += verb.batchRows)
      await batch(ids.slice(at, at + verb.batchRows))
    place = next
  }
  for (let tried = 0; tried < TRIES && locked.length > 0 && !signal.aborted; tried++) {
    await pause(FIRST_WAIT_MS * 2 ** tried, signal)
    for (const ids of slices(locked.splice(0), verb.batchRows)) await batch(ids)
  }
  if (locked.length > 0) refuse(progress, 'locked', locked.length)
}

/** Returns what was locked: that is not refused yet. */
function add(progress: Progress, { acted, left }: Done): TaskId[] {
  for (const [word, number] of Object.entries(acted)) {
    progress.acted[word] = (progress.acted[word] ?? 0) + number
    progress.seen += number
  }
  const refused = left.filter(({ reason }) => reason !== 'locked')
  for (const { reason } of refused) refuse(progress, reason, 1)
  return left.filter(({ reason }) => reason === 'locked').map(({ id }) => id)
}

function refuse(progress: Progress, reason: Reason, number: number): void {
  progress.refused[reason] = (progress.refused[reason] ?? 0) + number
  progress.seen += number
}

function slices(ids: readonly TaskId[], rows: number): TaskId[][] {
  return Array.from({ length: Math.ceil(ids.length / rows) }, (_, index) =>
    ids.slice(index * rows, (index + 1) * rows),
  )
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
