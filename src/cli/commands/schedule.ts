// taskproc schedule: tasks by the clock. Any running process enqueues them, each tick once.
import {
  putSchedule,
  readClockMs,
  readSchedules,
  removeSchedule,
  type ScheduleDocument,
} from '../../db/schedules.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import { nameProblem, type Problem } from '../../task/new-task.ts'
import { type CronLine, cronProblem, nextTickMs, timezoneProblem } from '../../task/schedule.ts'
import type { NewTask } from '../../task/task.ts'
import { type Column, printColumns } from '../columns.ts'
import type { Flags } from '../config.ts'
import { readTaskArguments, usageError } from '../enqueue/task-flags.ts'
import { print, printJson } from '../output.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

export interface ScheduleArguments {
  readonly name: string
  readonly cron: string
  readonly kind: string
  readonly payload: string | undefined
}

/** Adds a schedule, or replaces the one of that name. */
export async function runScheduleAdd(
  { name, cron, kind, payload }: ScheduleArguments,
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  const line = { cron, timezone: String(flags['timezone'] ?? 'UTC') }
  const { task, problems } = readTaskArguments({ kind, payload, flags })
  const wrong = [...scheduleProblems(name, line), ...problems]
  if (task === undefined || wrong.length > 0) throw usageError('schedule add', wrong)
  const schedule = await withStore('schedule', flags, terminal, async (pool) => {
    const nextMs = nextTickMs(line, await readClockMs(pool))
    if (nextMs === null)
      throw usageError('schedule add', [{ field: 'CRON', problem: 'has no time that is still to come' }])
    return putSchedule(pool, { name, ...line, ...columnsOf(task), next_at: new Date(nextMs).toISOString() })
  })
  if (flags['json']) printJson(terminal, schedule)
  else print(terminal, `schedule ${name}: next at ${schedule.next_at}`)
  return EXIT.ok
}

/** When it comes next is what one asks first. */
const COLUMNS: readonly Column[] = [
  { title: 'name', least: 8 },
  { title: 'cron', rank: 1 },
  { title: 'timezone', rank: 3 },
  { title: 'kind', least: 8, rank: 2 },
  { title: 'queue', least: 6, rank: 4 },
  { title: 'next' },
  { title: 'last', rank: 5 },
]

export async function runScheduleList(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const items = await withStore('schedule', flags, terminal, readSchedules)
  if (flags['json']) printJson(terminal, { items })
  else if (items.length === 0) print(terminal, 'there is no schedule')
  else printColumns(terminal, COLUMNS, items.map(rowOf))
  return EXIT.ok
}

export async function runScheduleRemove(name: string, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const isRemoved = await withStore('schedule', flags, terminal, (pool) => removeSchedule(pool, name))
  if (!isRemoved)
    throw new ExpectedError(
      `there is no schedule ${JSON.stringify(name)}`,
      'Look at what there is: taskproc schedule list',
    )
  print(terminal, `removed the schedule ${name}; tasks that it enqueued stay`)
  return EXIT.ok
}

function scheduleProblems(name: string, { cron, timezone }: CronLine): Problem[] {
  const found = [
    { field: 'NAME', problem: nameProblem(name) },
    { field: 'CRON', problem: cronProblem(cron) },
    { field: '--timezone', problem: timezoneProblem(timezone) },
  ]
  return found.flatMap(({ field, problem }) => (problem === undefined ? [] : [{ field, problem }]))
}

function columnsOf({ kind, payload = null, queue = 'default', priority = 0, maxAttempts = 3 }: NewTask) {
  return { kind, payload, queue, priority, max_attempts: maxAttempts }
}

function rowOf({ name, cron, timezone, kind, queue, next_at, last_at }: ScheduleDocument): string[] {
  return [name, cron, timezone, kind, queue, next_at ?? 'never', last_at ?? '-']
}
