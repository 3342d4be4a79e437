// The kinds that this process runs: their limits, and the call of their handlers.

import type { Registry } from '../handlers/handler.ts'
import { invoke, type RunTools } from '../handlers/invoke.ts'
import { type Backoff, DEFAULT_BACKOFF } from '../task/backoff.ts'
import type { Outcome } from '../task/outcome.ts'
import type { Claim } from '../task/task.ts'

export class Kinds {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  get names(): string[] {
    return [...this.#registry.keys()]
  }

  /** How many of a kind may be held at once; Infinity where it has no limit. */
  limit(kind: string): number {
    return this.#registry.get(kind)?.limit ?? Number.POSITIVE_INFINITY
  }

  /** Those that have a limit. */
  get limits(): Record<string, number> {
    const limited = [...this.#registry].flatMap(([kind, { limit }]) =>
      limit === undefined ? [] : [[kind, limit]],
    )
    return Object.fromEntries(limited)
  }

  backoff(kind: string): Backoff {
    return this.#registry.get(kind)?.backoff ?? DEFAULT_BACKOFF
  }

  /** The limit of a run; null: none. What the task asks for wins. */
  timeoutMs({ kind, timeoutMs }: Claim): number | null {
    return timeoutMs ?? this.#registry.get(kind)?.timeoutMs ?? null
  }

  /** The claim with no more attempts than its kind allows, whatever the task asks for. */
  capped(claim: Claim): Claim {
    const most = this.#registry.get(claim.kind)?.maxAttempts
    return most === undefined || most >= claim.maxAttempts ? claim : { ...claim, maxAttempts: most }
  }

  /** Calls the handler. Rejects with what it throws; throws where there is none. */
  execute(claim: Claim, tools: RunTools): Promise<Outcome> {
    const registration = this.#registry.get(claim.kind)
    if (registration === undefined)
      throw new Error(`claimed a task of the kind ${claim.kind}, which has no handler here`)
    return invoke(registration, claim, tools)
  }
}
