// The one listener: every event of the type map becomes a log line, a sentence for people with its fields for programs.
import type { Emit, EventName, Totals } from '../task/events.ts'
import type { Lines } from './lines.ts'
import type { Log } from './log.ts'
import { TASK_LINES_PER_SECOND, taskLines } from './task-lines.ts'
import { count, duration, grouped, oneLine, rate } from './words.ts'

const ERROR_CHARS = 300

/**
 * A listener that writes to `log`. An event whose level is off costs one comparison; events of single tasks share
 * a budget of lines (see task-lines).
 */
export function createObserver(log: Log, taskLinesPerSecond = TASK_LINES_PER_SECOND): Emit {
  const tasks = taskLines(log, taskLinesPerSecond)
  const lines: Lines<EventName> = { ...processLines(log, tasks.close), ...tasks.lines }
  return (name, event) => lines[name](event)
}

type ProcessEvent = Exclude<EventName, `${'claim' | 'run' | 'settle'}.${string}`>

function processLines(log: Log, closeTaskLines: () => void): Lines<ProcessEvent> {
  return {
    'process.started': ({ name, workers, queues, kinds }) => {
      const served = queues === null ? 'every queue' : `queue ${queues.join(', ')}`
      const text = `${name} serves ${served} with ${count(workers, 'worker')}: ${kinds.join(', ')}`
      log.info(
        { event: 'process.started', process: name, workers, queues, kinds },
        oneLine(text, ERROR_CHARS),
      )
    },
    'process.stopped': ({ name, totals, ranMs }) => {
      closeTaskLines()
      const fields = { event: 'process.stopped', process: name, ...totals, ran_ms: Math.round(ranMs) }
      log.info(fields, summary(totals, ranMs))
    },
    'http.answered': ({ method, route, status, tookMs }) => {
      if (!log.isLevelEnabled('debug')) return
      const fields = { event: 'http.answered', method, route, status, took_ms: Math.round(tookMs) }
      log.debug(fields, `${method} ${route ?? '(nothing here)'} ${status} in ${duration(tookMs)}`)
    },
    'remote.claimed': ({ waitedMs, tookMs }) => {
      if (!log.isLevelEnabled('debug')) return
      const fields = { event: 'remote.claimed', tasks: waitedMs.length, took_ms: Math.round(tookMs) }
      log.debug(fields, `a remote worker claimed ${count(waitedMs.length, 'task')} in ${duration(tookMs)}`)
    },
    'remote.settled': ({ runs, tookMs }) => {
      if (!log.isLevelEnabled('debug')) return
      const fields = { event: 'remote.settled', outcomes: runs.length, took_ms: Math.round(tookMs) }
      log.debug(fields, `wrote ${count(runs.length, 'outcome')} of a remote worker in ${duration(tookMs)}`)
    },
    'remote.refused': ({ tookMs }) => {
      const fields = { event: 'remote.refused', took_ms: Math.round(tookMs) }
      log.debug(fields, 'a remote worker had lost its claim: nothing was written')
    },
    'fetch.idle': ({ waitMs }) => {
      if (!log.isLevelEnabled('debug')) return
      log.debug(
        { event: 'fetch.idle', wait_ms: waitMs },
        `nothing to claim, next look within ${duration(waitMs)}`,
      )
    },
    // Not called draining yet: who drains invites to a second signal in that line, and only then does one count.
    'drain.started': ({ running, waiting, timeoutMs }) => {
      const level = running + waiting === 0 ? 'debug' : 'info'
      const fields = { event: 'drain.started', running, waiting, timeout_ms: timeoutMs }
      const back = waiting === 0 ? '' : `, ${waiting} waiting given back`
      log[level](fields, `no new tasks are taken: ${running} running${back}`)
    },
    'drain.finished': ({ aborted, timedOut, unsettled }) => {
      const fields = { event: 'drain.finished', aborted, timed_out: timedOut, unsettled }
      if (unsettled > 0)
        log.error(fields, `${count(unsettled, 'outcome')} could not be written: their tasks run again`)
      if (aborted === 0 && unsettled === 0) log.info(fields, 'drained')
      else if (aborted > 0)
        log.warn(
          fields,
          `${timedOut ? 'drain timed out' : 'drain aborted'}: ${count(aborted, 'running task')} stopped and given back`,
        )
    },
    'lease.fenced': ({ aborted, waiting }) => {
      const held = `${count(aborted, 'running task')} stopped, ${waiting} waiting given back`
      log.error(
        { event: 'lease.fenced', aborted, waiting },
        `cannot renew the lease, others may claim soon: ${held}`,
      )
    },
    'lease.restored': () => log.info({ event: 'lease.restored' }, 'the lease is renewed again'),
    'lease.lost': ({ processId }) => {
      const text = `was declared lost and goes on as process ${processId}; late results are refused`
      log.warn({ event: 'lease.lost', process_id: processId }, text)
    },
    'lease.uncovered': ({ silentMs }) => {
      const text = `a handler has blocked this process for ${duration(silentMs)}: its lease is not renewed any more`
      log.error({ event: 'lease.uncovered', silent_ms: Math.round(silentMs) }, text)
    },
    'process.lost': ({ names }) => {
      log.warn(
        { event: 'process.lost', processes: names },
        oneLine(`silent for longer than the lease: ${names.join(', ')}`, ERROR_CHARS),
      )
    },
    'rescue.done': ({ pending, error, cancelled }) => {
      const text = `rescued ${count(pending, 'task')}, quarantined ${error}, cancelled ${cancelled}`
      log.warn({ event: 'rescue.done', pending, error, cancelled }, text)
    },
    'prune.done': ({ tasks, processes, logs }) => {
      const rows = processes > 0 ? `, ${count(processes, 'row')} of processes that ended` : ''
      const lines = logs > 0 ? `, ${count(logs, 'log line')} of tasks that are gone` : ''
      const text = `pruned ${count(tasks, 'task')}${rows}${lines}`
      log.info({ event: 'prune.done', tasks, processes, logs }, text)
    },
    'strays.released': ({ ids }) => {
      log.warn(
        { event: 'strays.released', ids },
        `gave back ${count(ids.length, 'claim')} whose answer was lost`,
      )
    },
    'cancel.heard': ({ claim }) =>
      log.info({ event: 'cancel.heard', task: claim.id }, `#${claim.id} is to be cancelled`),
    'schedule.ticked': ({ name, id, tickAt, nextAt }) => {
      const fields = { event: 'schedule.ticked', schedule: name, task: id, tick_at: tickAt, next_at: nextAt }
      const enqueued = id === null ? 'has a live task already' : `enqueued #${id}`
      log.info(fields, oneLine(`schedule ${name} ${enqueued}, next at ${nextAt ?? 'no time'}`, ERROR_CHARS))
    },
    'listen.deaf': () => {
      const text =
        'notifications do not arrive (a transaction pooler?): polling alone; name a direct way in LISTEN_DATABASE_URL'
      log.warn({ event: 'listen.deaf' }, text)
    },
    'listen.connected': () => log.debug({ event: 'listen.connected' }, 'listening for new work'),
    'part.failed': ({ part, error, retryMs }) => {
      const text = `${part}: ${oneLine(error, ERROR_CHARS)}; trying again in ${duration(retryMs)}`
      log.warn({ event: 'part.failed', part, error, retry_ms: retryMs }, text)
    },
    'part.recovered': ({ part }) => log.info({ event: 'part.recovered', part }, `${part}: works again`),
  }
}

/** `18 done, 2 error, 0 released in 12.3 s (1.6 tasks/s)`; what did not happen and seldom does is left out. */
function summary(totals: Totals, ranMs: number): string {
  const { done, failed, released, retried, snoozed, cancelled, lost } = totals
  const parts = [`${grouped(done)} done`, `${grouped(failed)} error`, `${grouped(released)} released`]
  for (const [name, number] of Object.entries({ retried, snoozed, cancelled, lost })) {
    if (number > 0) parts.push(`${grouped(number)} ${name}`)
  }
  const ran = done + failed + retried + snoozed + cancelled
  return `${parts.join(', ')} in ${duration(ranMs)} (${rate(ran / Math.max(ranMs / 1000, 0.001)).replace('/s', ' tasks/s')})`
}
