// What stands in the way of a pending task, the first thing first.
import { shellWord } from '../typed.ts'
import { grouped, rate } from '../words.ts'
import { listed, quoted, timeText, type Why } from './answer.ts'
import { isServing, type WhyFacts, type WhyProcess } from './facts.ts'
import { endingIt, heldBy } from './lock.ts'
import { whyUnserved } from './unserved.ts'

/**
 * All that stands in the way, the first thing first; empty where it is claimed in a moment. `psql` reaches the
 * database from a shell.
 */
export function obstacles(facts: WhyFacts, psql: string): Why[] {
  const inTheWay = [
    whyLater(facts),
    whyPaused(facts),
    whyUnserved(facts, psql),
    whyLocked(facts, psql),
    whyFull(facts),
  ]
  return inTheWay.filter((each) => each !== undefined)
}

/** Nothing is in the way. */
export function whyDue({ task, processes }: WhyFacts): Why {
  const sleeping = processes.filter(isServing).filter(({ wakes_in_seconds }) => wakes_in_seconds !== null)
  const [first] = sleeping.sort((a, b) => (a.wakes_in_seconds ?? 0) - (b.wakes_in_seconds ?? 0))
  const when =
    first === undefined
      ? 'it is claimed in a moment'
      : `${first.name} looks for work at the latest in ${timeText(first.wakes_in_seconds)}`
  return {
    answer: 'due',
    sentence: `task ${task.id} is due and nothing stands in its way: ${when}.`,
    next: null,
  }
}

function whyLater({ task, last_event }: WhyFacts): Why | undefined {
  if (task.due_in_seconds <= 0) return undefined
  const until = `in ${timeText(task.due_in_seconds)}`
  const { event, message = '' } = last_event ?? {}
  if (event === 'failed' && task.attempts > 0)
    return {
      answer: 'backing_off',
      sentence: `task ${task.id} is backing off: attempt ${task.attempts} of ${task.max_attempts} failed with ${quoted(message)}, the next one is due ${until}.`,
      next: `taskproc logs ${task.id}`,
    }
  if (event === 'snoozed')
    return {
      answer: 'snoozed',
      sentence: `task ${task.id} was put off by its handler: it is due again ${until}.`,
      next: `taskproc logs ${task.id}`,
    }
  return { answer: 'delayed', sentence: `task ${task.id} is delayed: it is due ${until}.`, next: null }
}

function whyPaused({ task, paused }: WhyFacts): Why | undefined {
  if (paused === null) return undefined
  const what = paused.queue === null ? 'every queue' : `its queue ${paused.queue}`
  return {
    answer: 'paused',
    sentence: `task ${task.id} waits because ${what} is paused, for ${timeText(paused.since_seconds)} now.`,
    next: `taskproc resume --queue ${shellWord(task.queue)}`,
  }
}

function whyLocked({ task, lock }: WhyFacts, psql: string): Why | undefined {
  if (lock === null) return undefined
  return {
    answer: 'locked',
    sentence: `task ${task.id} waits because ${heldBy(lock)}, so no process can claim it.`,
    next: endingIt(lock, psql),
  }
}

/** The processes that serve it are there and cannot take it yet. */
function whyFull(facts: WhyFacts): Why | undefined {
  if (facts.task.due_in_seconds > 0) return undefined
  const serving = facts.processes.filter(isServing)
  if (serving.length === 0) return undefined
  const suspect = whySuspect(facts, serving)
  // While its queue is paused, who is busy and who is ahead says nothing about the time when it is resumed.
  if (suspect !== undefined || facts.paused !== null) return suspect
  return whyLimited(facts, serving) ?? whyBehind(facts, serving) ?? whyBusy(facts, serving)
}

function whySuspect({ task }: WhyFacts, serving: readonly WhyProcess[]): Why | undefined {
  const isSuspect = serving.every(({ crash_limit }) => task.crashes > 0 && task.crashes >= crash_limit - 1)
  if (!isSuspect) return undefined
  const died = task.crashes === 1 ? 'a process died' : `${task.crashes} processes died`
  return {
    answer: 'suspect',
    sentence: `task ${task.id} is a suspect: ${died} while it ran, so it runs alone, when a process is idle or has made room for it.`,
    next: `taskproc logs ${task.id}`,
  }
}

function whyLimited({ task }: WhyFacts, serving: readonly WhyProcess[]): Why | undefined {
  const isFull = serving.every(({ limit, held }) => limit !== null && held !== null && held >= limit)
  if (!isFull) return undefined
  const places = serving.map(({ name, held, limit }) => `${held} of ${limit} on ${name}`)
  return {
    answer: 'limit_reached',
    sentence: `task ${task.id} waits because its kind ${task.kind} has reached its limit in every process: ${listed(places)}.`,
    next: `taskproc list --status in_progress --kind ${shellWord(task.kind)}`,
  }
}

function whyBehind({ task, ahead }: WhyFacts, serving: readonly WhyProcess[]): Why | undefined {
  const { higher_priority: higher = 0, earlier = 0, counted_to = 0 } = ahead ?? {}
  const total = higher + earlier
  if (total === 0) return undefined
  const many = (n: number) => (n >= counted_to ? `more than ${grouped(counted_to - 1)}` : grouped(n))
  const parts = [
    higher > 0 && `${many(higher)} of a larger priority`,
    earlier > 0 && `${many(earlier)} due earlier`,
  ]
  const perSecond = serving.reduce((sum, process) => sum + process.settled_per_second, 0)
  const isCounted = higher < counted_to && earlier < counted_to
  const pace = perSecond <= 0 ? '' : `; at ${rate(perSecond)}`
  const eta = pace && isCounted ? `${pace} its turn comes in about ${timeText(total / perSecond)}` : pace
  return {
    answer: 'behind',
    sentence: `task ${task.id} waits for its turn behind ${parts.filter(Boolean).join(' and ')}${eta}.`,
    next: 'taskproc stats',
  }
}

function whyBusy({ task }: WhyFacts, serving: readonly WhyProcess[]): Why | undefined {
  if (!serving.every(({ running, workers }) => running >= workers)) return undefined
  const workers = serving.reduce((sum, process) => sum + process.workers, 0)
  return {
    answer: 'workers_busy',
    sentence: `task ${task.id} is next, but every worker is busy: ${grouped(workers)} in ${listed(serving.map(({ name }) => name))}.`,
    next: 'taskproc stats',
  }
}
