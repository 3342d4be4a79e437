// What handlers log, on its way to the database: collected, written twice a second, never in the way of the work.
import type { LogLine } from '../db/logs.ts'
import type { Emit } from '../task/events.ts'
import { LIMITS } from '../task/limits.ts'
import type { Claim } from '../task/task.ts'
import { Loop } from './loop.ts'

const FLUSH_EVERY_MS = 500
/** With the database away lines pile up; beyond this the newest are dropped. */
const MAX_COLLECTED = 10_000

export class LogLines {
  readonly #loop: Loop
  readonly #append: (lines: readonly LogLine[]) => Promise<void>
  readonly #counts = new WeakMap<Claim, number>()
  #collected: LogLine[] = []
  /** Nothing was left to write: only then does a line wake the loop, or a talkative handler would be written line by line. */
  #isIdle = false

  constructor(append: (lines: readonly LogLine[]) => Promise<void>, emit: Emit) {
    this.#append = append
    this.#loop = new Loop({ name: 'log lines', tick: () => this.#tick(), emit })
  }

  start(): void {
    this.#loop.start()
  }

  /** `atS`: when, see LogLine. */
  add(claim: Claim, line: string, atS: number | null): void {
    const said = (this.#counts.get(claim) ?? 0) + 1
    this.#counts.set(claim, said)
    if (said > LIMITS.logLinesPerAttempt + 1 || this.#collected.length >= MAX_COLLECTED) return
    const text =
      said > LIMITS.logLinesPerAttempt
        ? `no more is kept: the limit is ${LIMITS.logLinesPerAttempt} lines`
        : line
    // text refuses U+0000 and lone surrogates; a log line must not fail for its characters.
    const clean = text.replaceAll('\u0000', '\uFFFD').toWellFormed()
    this.#collected.push({ taskId: claim.id, attempt: claim.attempt, line: clean, atS })
    if (this.#isIdle) this.#loop.wake()
    this.#isIdle = false
  }

  /** Writes what is left; gives up at the first failure. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    while (this.#collected.length > 0) await this.#write()
  }

  async #tick(): Promise<number> {
    this.#isIdle = this.#collected.length === 0
    if (this.#isIdle) return Number.POSITIVE_INFINITY
    await this.#write()
    return this.#collected.length >= LIMITS.batchRows ? 0 : FLUSH_EVERY_MS
  }

  async #write(): Promise<void> {
    const batch = this.#collected.splice(0, LIMITS.batchRows)
    try {
      await this.#append(batch)
    } catch (thrown) {
      this.#collected.unshift(...batch)
      throw thrown
    }
  }
}
