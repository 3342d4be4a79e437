// The upkeep: what every process does for the whole fleet beside its own tasks. It rescues, enqueues what is scheduled, and
// deletes what is old enough, if it was told to.

import { Pruner, type PrunerParts } from './pruner.ts'
import { Rescuer, type RescuerParts } from './rescuer.ts'
import type { Tick } from './scheduler.ts'
import { Scheduler, type SchedulerParts } from './scheduler.ts'

export interface UpkeepOptions {
  leaseMs: number
  /** What finished longer ago is deleted; undefined: nothing is. */
  retainMs: number | undefined
}

export class Upkeep<Found extends Tick> {
  readonly #scheduler: Scheduler<Found>
  readonly #parts: readonly { start(): void; stop(): Promise<void> }[]

  constructor(
    parts: RescuerParts & SchedulerParts<Found> & PrunerParts,
    { leaseMs, retainMs }: UpkeepOptions,
  ) {
    this.#scheduler = new Scheduler(parts)
    const pruners = retainMs === undefined ? [] : [new Pruner(parts, retainMs)]
    this.#parts = [new Rescuer(parts, leaseMs), this.#scheduler, ...pruners]
  }

  start(): void {
    for (const part of this.#parts) part.start()
  }

  /** A schedule has changed. */
  wakeScheduler(): void {
    this.#scheduler.wake()
  }

  /** Resolves when no turn of any of them is under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.stop()))
  }
}
