// The intake: what a claim brings is held from the moment at which it is asked for, and goes down the channel to the workers.
import type { Emit } from '../task/events.ts'
import type { Claim } from '../task/task.ts'
import type { Channel } from './channel.ts'
import { monotonicMs } from './clock.ts'
import type { Holding, Holdings } from './holdings.ts'
import type { Tally } from './tally.ts'

export interface IntakeParts {
  /** By the clock of the database, not later than now. */
  sinceUs(): number
  /** False when what was claimed may be another's in a moment: the process is fenced, or has a new row. */
  mayRun(claim: Claim): boolean
  emit: Emit
}

export interface IntakeTargets {
  readonly holdings: Holdings
  readonly channel: Channel<Holding>
  readonly tally: Tally
  /** Gives back what no worker has begun. */
  release(held: readonly Holding[]): void
}

export class Intake {
  readonly #targets: IntakeTargets
  readonly #parts: IntakeParts

  constructor(targets: IntakeTargets, parts: IntakeParts) {
    this.#targets = targets
    this.#parts = parts
  }

  /** Takes what `ask`, a claim of up to `limit`, gives. If it fails, what it may have brought is counted as held too. */
  async take<Answer extends { claims: readonly Claim[] }>(
    limit: number,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const { sinceUs, mayRun, emit } = this.#parts
    const { holdings, channel, tally, release } = this.#targets
    const sentMs = monotonicMs()
    holdings.ask(limit, sinceUs())
    let answer: Answer | null = null
    try {
      answer = await ask()
      return answer
    } finally {
      const claims = answer?.claims ?? null
      const held = holdings.answer(limit, claims, monotonicMs())
      tally.totals.claimed += held.length
      if (claims !== null && held.length > 0) emit('claim.taken', { claims, tookMs: monotonicMs() - sentMs })
      if (!held.every(({ claim }) => mayRun(claim)) || !channel.push(held)) release(held)
    }
  }
}
