// Why a task that is claimed does not end: it runs, its process is silent, or nobody has it any more.
import { timeText, type Why } from './answer.ts'
import { isLive, type WhyFacts } from './facts.ts'

/** A beat is due three times in a lease: so much of the lease without one is more than bad luck. */
const SILENT_SHARE = 0.5

/** Of a task in progress: who has it, or had it, and what comes next. */
export function whyRunning(facts: WhyFacts): Why {
  const { task, owner } = facts
  const left = owner?.lease_left_seconds ?? 0
  const beat = owner?.last_beat_seconds ?? 0
  if (owner === null || !['running', 'draining'].includes(owner.state) || left <= 0) return leftBehind(facts)
  const next = `taskproc logs ${task.id}`
  const attempt = `attempt ${task.attempts} of ${task.max_attempts}`
  const since = `${owner.name} claimed it ${timeText(task.claimed_seconds)} ago`
  const where = owner.state === 'draining' ? ', and is draining' : ''
  if (beat > SILENT_SHARE * (owner.lease_seconds ?? 0))
    return {
      answer: 'silent',
      sentence: `task ${task.id} is running, perhaps: ${since} (${attempt}) and has not beaten for ${timeText(beat)}; it is rescued when its lease is over, in ${timeText(left)}.`,
      next,
    }
  if (task.cancel_requested)
    return {
      answer: 'cancelling',
      sentence: `task ${task.id} is being cancelled: ${since}${where}, and was told to stop; last beat ${timeText(beat)} ago, ${attempt}.`,
      next,
    }
  return {
    answer: 'running',
    sentence: `task ${task.id} is running: ${since}${where}; last beat ${timeText(beat)} ago, ${attempt}.`,
    next,
  }
}

/** Its process is dead, silent for longer than its lease, or has stopped without it. */
function leftBehind({ task, owner, processes }: WhyFacts): Why {
  const name = owner?.name ?? 'its process'
  const isSilent = owner?.state === 'running' || owner?.state === 'draining'
  const fate = isSilent
    ? `has not beaten for ${timeText(owner.last_beat_seconds)}, longer than its lease`
    : owner?.state === 'stopped'
      ? 'has stopped'
      : 'is gone'
  const isAnybodyThere = processes.some(isLive)
  return {
    answer: 'left_behind',
    sentence: `task ${task.id} was claimed by ${name}, which ${fate}; ${
      isAnybodyThere
        ? 'the next live process to look gives it back'
        : 'no live process is there to give it back'
    }.`,
    next: isAnybodyThere ? `taskproc logs ${task.id}` : 'taskproc serve',
  }
}
