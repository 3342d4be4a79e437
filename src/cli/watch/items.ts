// What can be chosen on the overview: queues, processes, running tasks and failed ones, in the order of the screen.
import type { Failure } from '../../db/stats/failures.ts'
import type { ProcessStats, QueueStats } from '../../db/stats/stats.ts'
import type { TaskId } from '../../task/task.ts'
import { isAlive } from '../stats/silence.ts'
import type { Overview, WatchState } from './state.ts'

interface Running {
  readonly id: TaskId
  readonly kind: string
  readonly process: string
  readonly worker: number
  readonly for_seconds: number
}

export type Item =
  | { readonly section: 'queues'; readonly key: string; readonly queue: QueueStats }
  | { readonly section: 'processes'; readonly key: string; readonly process: ProcessStats }
  | { readonly section: 'running'; readonly key: string; readonly running: Running }
  | { readonly section: 'failed'; readonly key: string; readonly failure: Failure }

export type Section = Item['section']

/** Processes that ended, beside those that live. */
const ENDED_SHOWN = 5

/** What can be chosen on the overview, from the top down. */
export function itemsOf({ stats, failures }: Overview): Item[] {
  const alive = stats.processes.filter(isAlive)
  const ended = stats.processes.filter((process) => !isAlive(process)).slice(0, ENDED_SHOWN)
  // What ran at the last beat may have failed since.
  const over = new Set(failures.map(({ id }) => id))
  return [
    ...stats.queues.map((queue): Item => ({ section: 'queues', key: `queue ${queue.queue}`, queue })),
    ...[...alive, ...ended].map(
      (process): Item => ({ section: 'processes', key: `process ${process.id}`, process }),
    ),
    ...runningOf(alive)
      .filter(({ id }) => !over.has(id))
      .map((running): Item => ({ section: 'running', key: `running ${running.id}`, running })),
    ...failures.map((failure): Item => ({ section: 'failed', key: `failed ${failure.id}`, failure })),
  ]
}

/** The longest first. */
function runningOf(processes: readonly ProcessStats[]): Running[] {
  return processes
    .flatMap((process) => process.doing.map((doing) => ({ ...doing, process: process.name })))
    .sort((a, b) => b.for_seconds - a.for_seconds)
}

/** The chosen one; the one that took its place where it is gone; null where nothing was chosen or nothing is there. */
export function chosenItem({ chosen, overview }: WatchState): Item | null {
  if (chosen === null || overview === null) return null
  const items = itemsOf(overview.value)
  return (
    items.find(({ key }) => key === chosen.key) ?? items[Math.min(chosen.place, items.length - 1)] ?? null
  )
}

/** `state` with the item chosen that is `steps` further down. The first step chooses the first one. */
export function choose(state: WatchState, steps: number): WatchState {
  if (state.overview === null) return state
  const items = itemsOf(state.overview.value)
  const now = chosenItem(state)
  const from = now === null ? (steps > 0 ? -1 : items.length) : items.findIndex(({ key }) => key === now.key)
  const place = Math.max(0, Math.min(items.length - 1, from + steps))
  const item = items[place]
  return item === undefined ? state : { ...state, chosen: { key: item.key, place } }
}
