// Log lines of single tasks: claimed, started, done, failed. Each is seen up to a number a second, then they are counted.
import type { EventName, Events } from '../task/events.ts'
import type { Settlement } from '../task/settlement.ts'
import type { Claim } from '../task/task.ts'
import { createLineBudget } from './line-budget.ts'
import type { Lines } from './lines.ts'
import type { Log } from './log.ts'
import { count, duration, grouped, oneLine } from './words.ts'

/** Nobody reads faster, and at full speed writing more would cost the tasks half of their throughput. */
export const TASK_LINES_PER_SECOND = 100

const KIND_CHARS = 40
const RESULT_CHARS = 80
const ERROR_CHARS = 300
const CLAIMED_IDS = 10

type Run = Pick<Events['run.finished'], 'worker' | 'tookMs'>

export interface TaskLines {
  readonly lines: Lines<Extract<EventName, `${'claim' | 'run' | 'settle'}.${string}`>>
  /** Writes what was counted and not written yet. */
  close(): void
}

/** Failures have a budget of their own: a flood of successes must not hide them. LOG_LEVEL=debug has no budget. */
export function taskLines(log: Log, linesPerSecond: number): TaskLines {
  const limit = log.isLevelEnabled('debug') ? Number.POSITIVE_INFINITY : linesPerSecond
  const counter = (level: 'info' | 'warn') =>
    createLineBudget(limit, (left) =>
      log[level]({ event: 'tasks.counted', ...Object.fromEntries(left) }, counted(left)),
    )
  const budgets = { info: counter('info'), failure: counter('warn') }
  // From the end of a run to the end of its settlement: a line says "done" when that is committed.
  const runs = new WeakMap<Claim, Run>()

  const lines: TaskLines['lines'] = {
    'claim.taken': ({ claims, tookMs }) => {
      if (claims.length === 0 || !log.isLevelEnabled('info') || !budgets.info.spend('claims')) return
      const tasks = claims.map((claim) => claim.id)
      const text = `claimed ${count(claims.length, 'task')} in ${duration(tookMs)}: ${list(tasks)}`
      log.info({ event: 'claim.taken', tasks, took_ms: Math.round(tookMs) }, text)
    },
    'run.started': ({ claim, worker }) => {
      if (!log.isLevelEnabled('info') || !budgets.info.spend('started')) return
      const again = claim.attempt > 1 ? ` (${attempt(claim)})` : ''
      const text = `worker ${worker}  ${oneLine(claim.kind, KIND_CHARS)} #${claim.id} started${again}`
      log.info({ event: 'run.started', ...fieldsOf(claim), worker }, text)
    },
    'run.finished': ({ claim, worker, tookMs, outcome }) => {
      const budget = outcome.type === 'failed' ? budgets.failure : budgets.info
      const level = outcome.type === 'failed' ? 'error' : 'info'
      if (log.isLevelEnabled(level) && budget.hasRoom()) runs.set(claim, { worker, tookMs })
    },
    'settle.batch': ({ outcomes, tookMs }) => {
      if (!log.isLevelEnabled('debug')) return
      const fields = { event: 'settle.batch', outcomes, took_ms: Math.round(tookMs) }
      log.debug(fields, `wrote ${count(outcomes, 'outcome')} in ${duration(tookMs)}`)
    },
    'settle.written': ({ claim, settlement }) => {
      const run = runs.get(claim)
      const { level, counts, budget } = STYLES[settlement.verb]
      // Given back without a run, by a drain that says how many there are.
      const shown = settlement.verb === 'release' && run === undefined ? 'debug' : level
      if (!log.isLevelEnabled(shown) || !budgets[budget].spend(counts)) return
      const fields = { event: 'settle.written', ...fieldsOf(claim), verb: settlement.verb }
      const by = run && { worker: run.worker, took_ms: Math.round(run.tookMs) }
      log[shown]({ ...fields, ...by }, sentence(claim, settlement, run))
    },
    'settle.lost': ({ claim, settlement: { verb } }) => {
      if (!log.isLevelEnabled('warn') || !budgets.failure.spend('lost')) return
      const text = `#${claim.id} is no longer held by this process: its outcome (${verb}) was refused`
      log.warn({ event: 'settle.lost', ...fieldsOf(claim), claim_number: claim.claimNumber, verb }, text)
    },
  }
  return {
    lines,
    close: () => {
      budgets.info.close()
      budgets.failure.close()
    },
  }
}

/** How each settlement is shown, and under which word it is counted when there are too many. */
const STYLES = {
  complete: { level: 'info', budget: 'info', counts: 'done' },
  retry: { level: 'warn', budget: 'failure', counts: 'retried' },
  fail: { level: 'error', budget: 'failure', counts: 'error' },
  snooze: { level: 'info', budget: 'info', counts: 'snoozed' },
  release: { level: 'info', budget: 'info', counts: 'released' },
  cancel: { level: 'info', budget: 'info', counts: 'cancelled' },
} as const satisfies Record<Settlement['verb'], unknown>

function sentence(claim: Claim, settlement: Settlement, run: Run | undefined): string {
  const task = `#${claim.id}`
  const took = run === undefined ? '' : duration(run.tookMs)
  switch (settlement.verb) {
    case 'complete':
      return `${task} done${took && ` in ${took}`}${settlement.result === null ? '' : ` -> ${oneLine(settlement.result, RESULT_CHARS)}`}`
    case 'retry':
      return `${task} failed${took && ` after ${took}`}: ${oneLine(settlement.error, ERROR_CHARS)} (${attempt(claim)}, again in ${duration(settlement.delayMs)})`
    case 'fail':
      return `${task} failed${took && ` after ${took}`}: ${oneLine(settlement.error, ERROR_CHARS)} (${attempt(claim)}, gives up)`
    case 'snooze':
      return `${task} snoozed for ${duration(settlement.delayMs)}`
    case 'release':
      return `${task} given back${took && ` after ${took}`}, the attempt is not counted`
    case 'cancel':
      return `${task} cancelled: ${oneLine(settlement.reason, ERROR_CHARS)}`
  }
}

function fieldsOf({ id, kind, queue, attempt }: Claim): Record<string, unknown> {
  return { task: id, kind, queue, attempt }
}

function attempt(claim: Claim): string {
  return `attempt ${claim.attempt} of ${claim.maxAttempts}`
}

function list(ids: readonly Claim['id'][]): string {
  const shown = ids
    .slice(0, CLAIMED_IDS)
    .map((id) => `#${id}`)
    .join(' ')
  return ids.length > CLAIMED_IDS ? `${shown} and ${grouped(ids.length - CLAIMED_IDS)} more` : shown
}

function counted(left: ReadonlyMap<string, number>): string {
  const parts = [...left].map(([name, number]) => `${grouped(number)} ${name}`)
  return `and in the last second: ${parts.join(', ')} (LOG_LEVEL=debug shows each)`
}
