// A round of a race: everybody asks at the same instant, and then again and again until nothing is left.
import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskId } from '../../../task/task.ts'
import type { Claimer, Grab } from './claimer.ts'

/** What is not there now may be in the hands of somebody who gives it back. */
const PAUSE_MS = 20
/** Without a task for so long, the round is over: what was not given is missing. */
const PATIENCE_MS = 10_000

/** One answer that was a task. */
interface Given {
  readonly id: TaskId
  /** Which of the claimers, from 1. */
  readonly claimer: number
  /** It was the answer to the question that all asked at once. */
  readonly isFirst: boolean
  /** From the beginning of the round to the question. */
  readonly askedMs: number
  readonly tookMs: number
}

export interface Round {
  readonly tasks: number
  readonly given: readonly Given[]
  /** From the first of the simultaneous questions to the last. */
  readonly askedWithinMs: number
  /** From the first question to the last answer to one of them. */
  readonly answeredWithinMs: number
}

/** Plays a round for `tasks` tasks that are there already. `signal` ends it. */
export async function playRound(
  claimers: readonly Claimer[],
  tasks: number,
  signal: AbortSignal,
): Promise<Round> {
  const given: Given[] = []
  const roundMs = performance.now()
  const askedMs: number[] = []
  let firstAnswersMs = 0
  let lastGivenMs = performance.now()
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])

  async function ask(claimer: Claimer, number: number, isFirst: boolean): Promise<Grab | null> {
    const beganMs = performance.now()
    if (isFirst) askedMs.push(beganMs)
    const grab = await claimer.grab()
    const endedMs = performance.now()
    if (isFirst) firstAnswersMs = endedMs
    if (grab === null) return null
    lastGivenMs = endedMs
    given.push({
      id: grab.id,
      claimer: number,
      isFirst,
      askedMs: beganMs - roundMs,
      tookMs: endedMs - beganMs,
    })
    return grab
  }

  async function play(claimer: Claimer, number: number, first: Promise<Grab | null>): Promise<void> {
    for (let question = first; ; question = ask(claimer, number, false)) {
      const grab = await question
      // Who is quick must not take a second task before the slowest has its first.
      await allAnswered
      if (grab !== null) await claimer.complete(grab)
      else if (given.length >= tasks || performance.now() - lastGivenMs > PATIENCE_MS) return
      else await sleep(PAUSE_MS)
      either.throwIfAborted()
    }
  }

  signal.throwIfAborted()
  // Each asks before it lets go of the thread: nobody has an answer before all have asked.
  const questions = claimers.map((claimer, index) => ask(claimer, index + 1, true))
  const allAnswered = Promise.allSettled(questions)
  const plays = claimers.map((claimer, index) =>
    play(claimer, index + 1, questions[index] ?? Promise.resolve(null)).catch((thrown: unknown) => {
      over.abort(thrown)
      throw thrown
    }),
  )
  // Nobody is left behind in the middle of a question.
  await Promise.allSettled(plays)
  await Promise.all(plays)
  const askedFirstMs = Math.min(...askedMs)
  return {
    tasks,
    given,
    askedWithinMs: Math.max(...askedMs) - askedFirstMs,
    answeredWithinMs: firstAnswersMs - askedFirstMs,
  }
}

/** Those that more than one answer had, with who got them. */
export function givenTwice({ given }: Round): { id: TaskId; claimers: number[] }[] {
  const claimersOf = new Map<TaskId, number[]>()
  for (const { id, claimer } of given) claimersOf.set(id, [...(claimersOf.get(id) ?? []), claimer])
  return [...claimersOf].flatMap(([id, claimers]) => (claimers.length > 1 ? [{ id, claimers }] : []))
}
