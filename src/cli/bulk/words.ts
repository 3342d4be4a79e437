// What a bulk act says: what it is about to do, how far it is, what it did, and what it left alone and why.
import { filterText, type TaskFilter } from '../../task/filter.ts'
import { count, duration, grouped } from '../../telemetry/words.ts'
import type { Progress } from './act.ts'
import type { Reason } from './verbs.ts'

/** `1,204 tasks match status=error kind=emails` */
export function matchText(matched: number, filter: TaskFilter): string {
  return `${count(matched, 'task')} ${matched === 1 ? 'matches' : 'match'} ${filterText(filter)}`
}

/** `pruned 120,000 of about 5,000,000, 12 s left`; `forMs` is how long that took. */
export function progressText(progress: Progress, matched: number, forMs: number): string {
  const leftMs =
    progress.seen === 0 ? undefined : (forMs / progress.seen) * Math.max(0, matched - progress.seen)
  const left = leftMs === undefined ? '' : `, ${duration(Math.ceil(leftMs / 1000) * 1000)} left`
  return `${reachedText(progress, matched)}${left}`
}

/** `pruned 120,000 of about 5,000,000` */
export function reachedText({ acted }: Progress, matched: number): string {
  return `${actedText(acted)} of about ${grouped(matched)}`
}

/** `retried 1,200 tasks`; with what went beside tasks: `pruned 7 tasks, 2 rows of processes that ended`. */
export function sentence({ acted }: Progress, beside: Readonly<Record<string, number>> = {}): string {
  const [first = 0] = Object.values(acted)
  const more = Object.entries(beside).flatMap(([name, number]) => {
    const [noun, whose] = BESIDE[name] ?? [name, '']
    return number === 0 ? [] : [`${count(number, noun)} ${whose}`]
  })
  return [actedText(acted, first === 1 ? ' task' : ' tasks'), ...more].join(', ')
}

const BESIDE: Record<string, readonly [noun: string, whose: string]> = {
  processes: ['row', 'of processes that ended'],
  log_lines: ['log line', 'of tasks that are gone'],
}

/** `left alone 3: a live task has the same unique key`, a line for each reason. */
export function refusals({ refused }: Progress): string[] {
  return Object.entries(refused).map(
    ([reason, number]) => `left alone ${grouped(number)}: ${REASONS[reason as Reason]}`,
  )
}

function actedText(acted: Progress['acted'], noun = ''): string {
  const { requested = 0, ...others } = acted
  const [[word, number] = ['nothing', 0]] = Object.entries(others)
  const told = requested === 0 ? '' : `, told ${grouped(requested)} running to stop`
  return `${word} ${grouped(number)}${noun}${told}`
}

const REASONS: Record<Reason, string> = {
  unique_key: 'a live task has the same unique key',
  pending: 'pending by now',
  in_progress: 'in progress by now',
  done: 'done by now',
  error: 'in error by now',
  cancelled: 'cancelled by now',
  deleted: 'deleted by now',
  locked: 'locked by another transaction, or different by now',
}
