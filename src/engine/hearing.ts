// Hearing what others say to this process: by notification, and of cancellations also by looking, where none can be heard.
import type { TaskId } from '../task/task.ts'
import { type CancellationsParts, watchCancellations } from './cancellations.ts'
import { Listener, type ListenerParts, type Listening } from './listener.ts'
import type { Loop } from './loop.ts'

interface Heard {
  /** There may be work in this queue. */
  onWork(queue: string): void
  /** There is, where claims have been already. */
  onBack(queue: string): void
  onCancel(id: TaskId): void
  /** This queue (an empty text: every queue) is paused. */
  onPause(queue: string): void
  onSchedule(): void
}

export interface HearingParts
  extends Heard,
    Omit<CancellationsParts, 'isHearing' | 'cancel'>,
    Omit<ListenerParts, 'open'> {
  listen(heard: Heard): Promise<Listening>
}

export class Hearing {
  readonly #listener: Listener
  readonly #cancellations: Loop

  constructor(parts: HearingParts) {
    this.#listener = new Listener({ ...parts, open: () => parts.listen(parts) })
    const isHearing = () => this.#listener.isHearing
    this.#cancellations = watchCancellations({ ...parts, isHearing, cancel: parts.onCancel })
  }

  start(): void {
    this.#listener.start()
    this.#cancellations.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#listener.stop(), this.#cancellations.stop()])
  }
}
