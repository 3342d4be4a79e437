// The frame of every bulk act: count, ask, act, and say what was done. Whoever runs it again goes on where it ended.
import type { Pool } from '../../db/pool.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import type { TaskFilter } from '../../task/filter.ts'
import type { Flags } from '../config.ts'
import { print, printJson, printTable } from '../output.ts'
import { startSpinner } from '../spinner.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'
import { act, noProgress, type Progress } from './act.ts'
import { canAsk, confirm } from './confirm.ts'
import { type Count, count } from './count.ts'
import type { Verb } from './verbs.ts'
import { matchText, progressText, reachedText, refusals, sentence } from './words.ts'

export interface Bulk<Filter extends TaskFilter> {
  readonly verb: Verb<Filter>
  readonly filter: Filter
  readonly flags: Flags
  readonly terminal: Terminal
  /** What follows when all that was meant is done; returns what to add to the document. */
  readonly afterwards?: (pool: Pool, signal: AbortSignal) => Promise<Readonly<Record<string, number>>>
}

/** Exit status: ok also where tasks were left alone, each for a reason that is told; operational when it was interrupted or declined. */
export async function runBulk<Filter extends TaskFilter>(bulk: Bulk<Filter>): Promise<ExitStatus> {
  const { verb, flags, terminal } = bulk
  const isRehearsal = flags['dryRun'] === true
  if (!isRehearsal && flags['yes'] !== true && !canAsk(terminal)) throw nobodyToAsk(verb.name)
  const progress = noProgress(verb.words)
  try {
    return await withStore(verb.name, flags, terminal, (pool, signal) => run(bulk, progress, pool, signal), {
      endsItself: true,
    })
  } catch (thrown) {
    if (!(thrown instanceof ExpectedError) || progress.seen === 0 || progress.isInterrupted) throw thrown
    const message = `${thrown.message}\nbefore that it ${sentence(progress)}`
    throw new ExpectedError(
      message,
      `${thrown.hint} Then run it again: it goes on.`,
      thrown.exitStatus,
      thrown,
    )
  }
}

async function run<Filter extends TaskFilter>(
  bulk: Bulk<Filter>,
  progress: Progress,
  pool: Pool,
  signal: AbortSignal,
): Promise<ExitStatus> {
  const { filter, flags, terminal, afterwards } = bulk
  const counted = await count(pool, filter, terminal, signal)
  if (flags['dryRun']) return printRehearsal(bulk, counted)
  if (!flags['json']) print(terminal, matchText(counted.matched, filter))
  const isSure = flags['yes'] === true
  if (counted.matched > 0 && !isSure && !(await ask(bulk, counted, signal))) {
    terminal.stderr.write('nothing was done\n')
    return EXIT.operational
  }
  // What appears only now was not counted, and nobody agreed to it.
  if (counted.matched > 0) await actVisibly(bulk, counted, progress, pool, signal)
  const more = isSure || counted.matched > 0 ? await afterwards?.(pool, signal) : {}
  progress.isInterrupted = signal.aborted
  printOutcome(bulk, counted, progress, more)
  if (!progress.isInterrupted) return EXIT.ok
  throw new ExpectedError(
    `interrupted: ${reachedText(progress, counted.matched)}`,
    'What was done stays; run it again to go on.',
  )
}

async function actVisibly<Filter extends TaskFilter>(
  { verb, filter, terminal }: Bulk<Filter>,
  { matched }: Count,
  progress: Progress,
  pool: Pool,
  signal: AbortSignal,
): Promise<void> {
  const spinner = await startSpinner(terminal, reachedText(progress, matched))
  const beganMs = performance.now()
  const onProgress = () => spinner.update(progressText(progress, matched, performance.now() - beganMs))
  await act({ pool, verb, filter, signal, progress, onProgress }).finally(spinner.stop)
}

function ask<Filter extends TaskFilter>(
  { verb, filter, flags, terminal }: Bulk<Filter>,
  { matched, groups }: Count,
  signal: AbortSignal,
): Promise<boolean> {
  if (!flags['json']) printGroups(terminal, groups)
  const subject = flags['json'] ? `${matchText(matched, filter)}. ` : ''
  return confirm(terminal, `${subject}${verb.name} ${matched === 1 ? 'it' : 'them'}?`, signal)
}

function printRehearsal<Filter extends TaskFilter>(
  { verb, filter, flags, terminal }: Bulk<Filter>,
  { matched, groups }: Count,
): ExitStatus {
  if (flags['json']) printJson(terminal, { verb: verb.name, dry_run: true, matched, groups })
  else {
    print(terminal, `${matchText(matched, filter)}; nothing was done`)
    printGroups(terminal, groups)
  }
  return EXIT.ok
}

function printGroups(terminal: Terminal, groups: Count['groups']): void {
  const rows = groups.map(({ queue, kind, status, count }) => [queue, kind, status, count])
  if (rows.length > 0) printTable(terminal, ['queue', 'kind', 'status', 'tasks'], rows)
}

function printOutcome<Filter extends TaskFilter>(
  { verb, flags, terminal }: Bulk<Filter>,
  { matched }: Count,
  progress: Progress,
  more: Readonly<Record<string, number>> = {},
): void {
  const { acted, refused, isInterrupted: interrupted } = progress
  if (flags['json'])
    printJson(terminal, { verb: verb.name, matched, ...acted, ...more, refused, interrupted })
  else if (progress.seen > 0 || Object.values(more).some((number) => number > 0)) {
    print(terminal, [sentence(progress, more), ...refusals(progress)].join('\n'))
  }
}

function nobodyToAsk(verb: string): ExpectedError {
  return new ExpectedError(
    `${verb} by filter asks before it acts, and nobody is there to answer`,
    'Give --yes when you are sure, or look first with --dry-run.',
    EXIT.usage,
  )
}
