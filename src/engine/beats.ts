// The heartbeat as the main thread sees it: starts the thread, tells it what to say, and knows when it was last heard.
import { Worker } from 'node:worker_threads'
import type { Beat } from '../db/beat.ts'
import type { Emit } from '../task/events.ts'
import type { TaskId } from '../task/task.ts'
import { monotonicMs } from './clock.ts'
import type { FromThread, ThreadData } from './heartbeat-thread.ts'

const STOP_LIMIT_MS = 1_000

export interface BeatsOptions {
  url: string
  applicationName: string
  processId: TaskId
  /** The database's clock when the process registered, in microseconds since 1970. */
  joinedAtUs: number
  leaseMs: number
  blockedLimitMs: number
  emit: Emit
}

export class Beats {
  readonly #shared = new BigInt64Array(new SharedArrayBuffer(16))
  readonly #worker: Worker
  readonly #ended: Promise<void>
  readonly #emit: Emit
  #stopping = false
  #heardMs: number
  /** By the clock of the database: the last beat whose answer is known here. Late when this thread was blocked. */
  lastAtUs: number
  /** The row is not alive any more: others declared this process lost. */
  isLost = false

  constructor(options: BeatsOptions, first: Beat) {
    const { url, applicationName, processId, leaseMs, blockedLimitMs, joinedAtUs, emit } = options
    this.#emit = emit
    this.lastAtUs = joinedAtUs
    this.#heardMs = monotonicMs()
    Atomics.store(this.#shared, 0, BigInt(Math.round(monotonicMs() * 1000)))
    this.#alive()
    const shared = this.#shared
    const workerData: ThreadData = { url, applicationName, processId, leaseMs, blockedLimitMs, first, shared }
    this.#worker = new Worker(new URL('./heartbeat-thread.js', import.meta.url), { workerData })
    this.#worker.on('message', (message: FromThread) => this.#hear(message))
    // A thread that ends by itself takes the lease with it: the process has to join anew.
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        if (!this.#stopping) this.isLost = true
        resolve()
      })
    })
    this.#worker.on('error', (error) =>
      emit('part.failed', { part: 'heartbeat', error: error.message, retryMs: leaseMs }),
    )
  }

  /** When the last beat that counted was sent, by the monotonic clock; right also after this thread was blocked. */
  get lastSentMs(): number {
    return Number(Atomics.load(this.#shared, 0)) / 1000
  }

  /** The last beat that is known and the time since then. Its answer was on its way, so this is never ahead. */
  get nowUs(): number {
    return this.lastAtUs + (monotonicMs() - this.#heardMs) * 1000
  }

  /** What the next beat says. Calling it is the sign that the main thread lives. */
  tell(beat: Beat): void {
    this.#alive()
    if (!this.#stopping) this.#worker.postMessage(beat)
  }

  async stop(): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    this.#worker.postMessage('stop')
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_LIMIT_MS)
    await this.#ended
    clearTimeout(timer)
  }

  #alive(): void {
    Atomics.store(this.#shared, 1, BigInt(Math.round(monotonicMs() * 1000)))
  }

  #hear(message: FromThread): void {
    if (message.type === 'beat') {
      this.lastAtUs = message.atUs
      this.#heardMs = monotonicMs()
    } else if (message.type === 'lost') this.isLost = true
    else if (message.type === 'recovered') this.#emit('part.recovered', { part: 'heartbeat' })
    else if (message.type === 'uncovered') this.#emit('lease.uncovered', { silentMs: message.silentMs })
    else this.#emit('part.failed', { part: 'heartbeat', error: message.error, retryMs: message.retryMs })
  }
}
