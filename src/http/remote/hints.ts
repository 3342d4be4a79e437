// Hints that there may be work, for all who wait for it here: one connection that listens, opened with the first wait.
import { type Listening, listen } from '../../db/listen.ts'
import type { Pool } from '../../db/pool.ts'
import type { Emit } from '../../task/events.ts'
import { errorText } from '../../task/outcome.ts'
import { repeat } from '../repeat.ts'

/** A server that lets us in and throws us out must not be asked in a tight loop. */
const RECONNECT_MS = 500

export interface HintsOptions {
  pool: Pool
  listenUrl: string
  emit: Emit
  /** Ends everything. */
  closing: AbortSignal
}

type Waiter = { queues: readonly string[] | null; wake: () => void }

export class Hints {
  readonly #options: HintsOptions
  readonly #waiters = new Set<Waiter>()
  #isStarted = false

  constructor(options: HintsOptions) {
    this.#options = options
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#waiters.size
  }

  /**
   * From now on, `heard` resolves at the first hint for one of these queues (null: any), however long before anybody
   * looks at it. Call `end` when it is not of interest any more.
   */
  watch(queues: readonly string[] | null): { heard: Promise<void>; end(): void } {
    this.#start()
    const { promise: heard, resolve: wake } = withResolvers()
    const waiter = { queues, wake }
    this.#waiters.add(waiter)
    return { heard, end: () => void this.#waiters.delete(waiter) }
  }

  #wake(queue: string | null): void {
    for (const { queues, wake } of this.#waiters)
      if (queue === null || queues === null || queues.includes(queue)) wake()
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    const { pool, listenUrl, emit, closing } = this.#options
    let listening: Listening | undefined
    closing.addEventListener('abort', () => void listening?.close(), { once: true })
    const tick = async () => {
      const hearing = { onWork: (queue: string) => this.#wake(queue), onCancel: () => {} }
      listening = await listen({ url: listenUrl, applicationName: 'taskproc api listen' }, pool, hearing)
      if (closing.aborted) await listening.close()
      // What was notified in between was not heard.
      this.#wake(null)
      await listening.ended
      return RECONNECT_MS
    }
    void repeat(closing, tick, (thrown, retryMs) =>
      emit('part.failed', { part: 'listener', error: errorText(thrown), retryMs }),
    )
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
