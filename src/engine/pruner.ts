// The pruner: deletes what finished longer ago than the retention time. Every process that has one takes its turns; there is
// one turn at a time in the whole fleet, a short one, with a pause behind it that is many times as long.
import type { Emit } from '../task/events.ts'
import type { TaskId } from '../task/task.ts'
import { monotonicMs } from './clock.ts'
import { Loop } from './loop.ts'

/** Of the time, one part in this many is spent on pruning, by one connection. */
const PAUSE_SHARE = 9
/** A pause is never shorter: the other processes shall have their turns too. */
const SHORTEST_PAUSE_MS = 20
/** Rounds begin so often in a retention time, within these bounds. */
const ROUNDS = 100
const SHORTEST_ROUND_MS = 1_000
const LONGEST_ROUND_MS = 10 * 60_000
/** A fleet does not come for its turn in one instant. */
const JITTER = 0.2
/** What was pruned is told in sums. */
const TOLD_EVERY_MS = 10_000

interface OldTasks {
  readonly ids: readonly TaskId[]
  /** Where the next turn goes on; null where nothing older can follow. */
  readonly after: TaskId | null
}

export interface PrunerParts {
  takeTurn(): Promise<{ afterId: TaskId; token: string } | { dueInMs: number }>
  endTurn(token: string, afterId: TaskId, pauseMs: number): Promise<void>
  /** The next tasks that are old enough: no more than one statement deletes. */
  findOld(afterId: TaskId, olderThanMs: number): Promise<OldTasks>
  /** Returns how many it deleted. */
  prune(ids: readonly TaskId[], olderThanMs: number): Promise<number>
  /** At the end of a round: rows of processes that no task names any more. Returns how many. */
  pruneProcesses(olderThanMs: number): Promise<number>
  /** At the end of a round: the next logs of tasks that are gone; `after` null is where the next round begins anew. */
  pruneOrphanLogs(after: TaskId): Promise<{ gone: number; after: TaskId | null }>
  emit: Emit
}

export class Pruner {
  readonly #parts: PrunerParts
  readonly #retainMs: number
  readonly #roundMs: number
  readonly #loop: Loop
  #pruned = { tasks: 0, processes: 0, logs: 0 }
  #logsAfter: TaskId = 0
  #toldMs = monotonicMs()

  constructor(parts: PrunerParts, retainMs: number) {
    this.#parts = parts
    this.#retainMs = retainMs
    this.#roundMs = Math.min(LONGEST_ROUND_MS, Math.max(SHORTEST_ROUND_MS, retainMs / ROUNDS))
    this.#loop = new Loop({ name: 'pruner', tick: () => this.#tick(), emit: parts.emit })
  }

  start(): void {
    this.#loop.start()
  }

  /** Resolves when the turn that it has is over: a short time. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    this.#tell()
  }

  async #tick(): Promise<number> {
    const turn = await this.#parts.takeTurn()
    const pauseMs = 'token' in turn ? await this.#act(turn) : turn.dueInMs
    const isTime = monotonicMs() - this.#toldMs >= TOLD_EVERY_MS
    if (isTime || pauseMs > TOLD_EVERY_MS) this.#tell()
    return Math.max(SHORTEST_PAUSE_MS, pauseMs) * (1 + JITTER * Math.random())
  }

  async #act({ afterId, token }: { afterId: TaskId; token: string }): Promise<number> {
    const beganMs = monotonicMs()
    const { ids, after } = await this.#parts.findOld(afterId, this.#retainMs)
    if (ids.length > 0) this.#pruned.tasks += await this.#parts.prune(ids, this.#retainMs)
    if (after === null) {
      this.#pruned.processes += await this.#parts.pruneProcesses(this.#retainMs)
      const logs = await this.#parts.pruneOrphanLogs(this.#logsAfter)
      this.#pruned.logs += logs.gone
      this.#logsAfter = logs.after ?? 0
    }
    const pauseMs =
      after === null ? this.#roundMs : Math.max(SHORTEST_PAUSE_MS, PAUSE_SHARE * (monotonicMs() - beganMs))
    await this.#parts.endTurn(token, after ?? 0, pauseMs)
    return pauseMs
  }

  #tell(): void {
    const { tasks, processes, logs } = this.#pruned
    this.#toldMs = monotonicMs()
    if (tasks + processes + logs === 0) return
    this.#parts.emit('prune.done', { tasks, processes, logs })
    this.#pruned = { tasks: 0, processes: 0, logs: 0 }
  }
}
