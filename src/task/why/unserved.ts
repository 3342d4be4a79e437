// Why a pending task waits though it is due: no live process would claim it.

import { sqlArgument } from '../typed.ts'
import { adviceOnKind, adviceOnQueue } from './advice.ts'
import { listed, timeText, type Why } from './answer.ts'
import { isLive, isServing, type WhyFacts, type WhyProcess } from './facts.ts'

/** `psql` is the command that reaches the database from a shell. */
export function whyUnserved(facts: WhyFacts, psql: string): Why | undefined {
  const { task, processes } = facts
  const live = processes.filter(isLive)
  if (live.length === 0)
    return {
      answer: 'no_process',
      sentence: `task ${task.id} waits because no process is alive${whoWasThere(processes)}.`,
      next: `taskproc serve${task.kind === 'reverse' ? '' : ' --handlers FILE'}`,
    }
  if (live.some(isServing)) return undefined
  const able = live.filter(({ serves_kind }) => serves_kind)
  return able.length === 0 ? whyKindUnserved(facts, live, psql) : whyQueueUnserved(facts, able)
}

function whyKindUnserved({ task, kinds_served }: WhyFacts, live: readonly WhyProcess[], psql: string): Why {
  const { meant, rename, serve } = adviceOnKind(task.kind, kinds_served)
  const queue = live.some(({ serves_queue }) => serves_queue)
    ? ''
    : `, and none serves its queue ${task.queue}`
  const sentence = `task ${task.id} waits because no live process has a handler of its kind ${task.kind}${didYouMean(meant)}${queue}; the kinds served are ${listed(kinds_served)}.`
  const answer = 'kind_not_served'
  if (rename === null) return { answer, sentence, next: serve }
  return { answer, sentence, next: `${psql} -c ${sqlArgument(rename)}`, or: serve }
}

/** `able` have a handler for it, and serve other queues. */
function whyQueueUnserved({ task, queues_served }: WhyFacts, able: readonly WhyProcess[]): Why {
  const served = queues_served ?? []
  const { meant, serve } = adviceOnQueue(task.queue, served)
  const who = listed(able.map(({ name }) => name))
  const [have, do_not] = able.length === 1 ? ['has', 'does not'] : ['have', 'do not']
  return {
    answer: 'queue_not_served',
    sentence: `task ${task.id} waits because ${who} ${have} a handler of its kind ${task.kind} but ${do_not} serve its queue ${task.queue}${didYouMean(meant)}; the queues served are ${listed(served)}.`,
    next: serve,
  }
}

function didYouMean(meant: readonly string[]): string {
  return meant.length === 0 ? '' : ` (did you mean ${listed(meant, 'or')}?)`
}

/** Those that drain, or are silent, and would be taken for alive by who looks for them in a list. */
function whoWasThere(processes: readonly WhyProcess[]): string {
  const [last] = processes
  if (last === undefined) return ''
  const fate =
    last.lease_left_seconds <= 0 ? `is silent for ${timeText(last.last_beat_seconds)}` : 'is draining'
  return `: ${last.name} ${fate}`
}
