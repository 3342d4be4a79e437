// What the keys do, and what the screen shows.
import { type Line, span } from './line.ts'

const KEYS: readonly (readonly [string, string])[] = [
  ['up down j k', 'choose a queue, a process or a task'],
  ['p', 'pause or resume the chosen queue'],
  ['enter', 'open the chosen task'],
  ['/ or t, id', 'open a task by its id'],
  ['r c', 'on a task: retry it, cancel it'],
  ['esc', 'back'],
  ['ctrl+l', 'draw the screen anew'],
  ['q', 'leave'],
]

const WORDS: readonly string[] = [
  '',
  'due: could run now. delayed: later. oldest: waits longest.',
  'settled and failed: attempts per second, 15 minutes back.',
  'waited: from due to started; p50, p95, p99. ran: the run.',
  'in progress: claimed; it runs, or waits for a worker.',
  'busy: running tasks of so many workers.',
  'What is wrong stands above the tables, after a !',
]

const KEY_COLUMNS = 13

export function helpLines(rows: number, program: string): Line[] {
  const keys = KEYS.map(([key, about]): Line => [span(key.padEnd(KEY_COLUMNS), 'bold'), span(about)])
  const more = `More about it: ${program} doctor, ${program} why ID.`
  return [...keys, ...[...WORDS, more].map((text): Line => [span(text)])].slice(0, rows)
}
