// taskproc list: pages of tasks, filtered; a line for each task, or one JSON document.
import { listTasks, type TaskPage } from '../../db/browse.ts'
import { PATIENT_MS, patiently } from '../../db/patient.ts'
import { readClockMs } from '../../db/schedules.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import { filterText, type TaskFilter } from '../../task/filter.ts'
import type { TaskDocument } from '../../task/task.ts'
import { shellWord } from '../../task/typed.ts'
import { type Column, printColumns } from '../columns.ts'
import type { Flags } from '../config.ts'
import { type PageFlags, readFilterAndPage } from '../filter-values.ts'
import { print, printJson } from '../output.ts'
import { withPatience } from '../patience.ts'
import { relative } from '../relative.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'
import { programName } from '../typed.ts'

/** What is rare among millions that have finished is found in no index. */
const LOOKING = 'looking through the tasks; Ctrl+C stops it'

export async function runList(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const { filter, page } = readFilterAndPage('list', flags)
  const { found, nowMs } = await withStore('list', flags, terminal, (pool, signal) =>
    withPatience(terminal, LOOKING, signal, async () => ({
      found: await patiently(pool, (db) => listTasks(db, filter, page, { answerTimeoutMs: PATIENT_MS })),
      nowMs: await readClockMs(pool),
    })),
  )
  if (flags['json']) printJson(terminal, found)
  else if (found.items.length === 0) print(terminal, nothing(filter, page))
  else printTasks(found, nowMs, flags, terminal)
  return EXIT.ok
}

const COLUMNS: readonly Column[] = [
  { title: 'id', align: 'right' },
  { title: 'kind', least: 8 },
  { title: 'queue', least: 6, rank: 2 },
  { title: 'status' },
  { title: 'attempts', align: 'right', rank: 3 },
  { title: 'when' },
  { title: 'process', least: 10, rank: 4, cut: 'start' },
  { title: 'payload or error', least: 16, rank: 1 },
]

function printTasks({ items, next }: TaskPage, nowMs: number, flags: Flags, terminal: Terminal): void {
  const rows = items.map((task) => [
    String(task.id),
    task.kind,
    task.queue,
    task.status,
    `${task.attempts}/${task.max_attempts}`,
    relative(Date.parse(momentOf(task)) - nowMs),
    task.claimed_by ?? '-',
    task.error ?? JSON.stringify(task.payload),
  ])
  printColumns(terminal, COLUMNS, rows)
  if (next === null) return
  const more = [programName(terminal), 'list', ...typedAgain(flags), `--after ${next}`].join(' ')
  terminal.stderr.write(`there are more; the next page: ${more}\n`)
}

/** What `when` means: due, claimed or finished. */
function momentOf({ status, run_at, claimed_at, finished_at }: TaskDocument): string {
  if (status === 'pending') return run_at
  return (status === 'in_progress' ? claimed_at : finished_at) ?? run_at
}

function nothing(filter: TaskFilter, { after }: PageFlags): string {
  const what = filterText(filter)
  const behind = after === null ? '' : ` behind #${after}`
  return what === '' ? `there is no task${behind}` : `no task${behind} matches ${what}`
}

const REPEATED = ['status', 'queue', 'kind', 'process', 'error', 'olderThan', 'limit'] as const

/** The flags as they were typed, ready for a shell. */
function typedAgain(flags: Flags): string[] {
  const typed = REPEATED.flatMap((name) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const values = [flags[name] ?? []].flat()
    return values.map((value) => `${flag} ${shellWord(String(value))}`)
  })
  return flags['newest'] === true ? [...typed, '--newest'] : typed
}
