// What `taskproc why` answers with, and the words that its sentences share.
import { duration } from '../words.ts'

/** Stable words, for programs. */
type WhyAnswer =
  | 'done'
  | 'error'
  | 'cancelled'
  | 'running'
  | 'cancelling'
  | 'silent'
  | 'left_behind'
  | 'delayed'
  | 'snoozed'
  | 'backing_off'
  | 'paused'
  | 'no_process'
  | 'queue_not_served'
  | 'kind_not_served'
  | 'locked'
  | 'suspect'
  | 'limit_reached'
  | 'behind'
  | 'workers_busy'
  | 'due'

export interface Why {
  readonly answer: WhyAnswer
  readonly sentence: string
  /** A command to type; null where there is nothing to do but to wait. */
  readonly next: string | null
  /** The command where `next` is not what was meant. */
  readonly or?: string
}

/** `3 min 20 s`, of a time in seconds. */
export function timeText(seconds: number | null): string {
  return seconds === null ? 'an unknown time' : duration(Math.max(0, seconds) * 1000)
}

const QUOTED_CHARS = 200

/** An error in one line, bounded. */
export function quoted(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return JSON.stringify(line.length > QUOTED_CHARS ? `${line.slice(0, QUOTED_CHARS)}…` : line)
}

const LISTED = 3

/** `a`, `a and b`, `a, b and c`, `a, b, c and 7 more`. */
export function listed(names: readonly string[], last: 'and' | 'or' = 'and'): string {
  const rest = names.length - LISTED
  const shown = rest > 0 ? [...names.slice(0, LISTED), `${rest} more`] : [...names]
  const end = shown.pop() ?? 'none'
  return shown.length === 0 ? end : `${shown.join(', ')} ${last} ${end}`
}
