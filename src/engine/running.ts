// Running a claim: what its handler is given, and the trace in which the run shows.
import type { ClientBase } from 'pg'
import type { RunTools } from '../handlers/invoke.ts'
import type { Outcome } from '../task/outcome.ts'
import type { Claim } from '../task/task.ts'
import { createRunSpans, type RunSpans } from '../telemetry/trace.ts'
import { monotonicMs } from './clock.ts'
import type { Custody } from './custody.ts'
import { databaseSeconds, type Holding } from './holdings.ts'
import type { Kinds } from './kinds.ts'
import type { LogLines } from './log-lines.ts'
import type { Run } from './run.ts'
import type { Store } from './store.ts'
import type { WorkerParts } from './worker.ts'

export interface RunningParts {
  /** Of the process. */
  name: string
  kinds: Kinds
  logLines: LogLines
  store: Store
  custody: Custody
}

/** What a worker needs to run a claim and to hand on its outcome. */
export function createRunning({
  name,
  kinds,
  logLines,
  store,
  custody,
}: RunningParts): Pick<WorkerParts, 'execute' | 'finish' | 'timeoutMs'> {
  const spans = createRunSpans(name)
  const shared = { spans, logLines, store }

  return {
    timeoutMs: (claim: Claim) => kinds.timeoutMs(claim),
    execute(holding, run): Promise<Outcome> {
      const { claim } = holding
      return spans.within(claim, () => kinds.execute(claim, new Tools(holding, run, shared)))
    },
    finish(holding, outcome, tookMs) {
      spans.end(holding.claim, outcome)
      custody.finish(holding, outcome, tookMs)
    },
  }
}

interface SharedTools extends Pick<RunningParts, 'logLines' | 'store'> {
  readonly spans: RunSpans
}

/** A class, like the context that it serves: one object for a run. */
class Tools implements RunTools {
  readonly #holding: Holding
  readonly #run: Run
  readonly #shared: SharedTools

  constructor(holding: Holding, run: Run, shared: SharedTools) {
    this.#holding = holding
    this.#run = run
    this.#shared = shared
  }

  signal(): AbortSignal {
    return this.#run.signal
  }

  traceparent(): string | null {
    return this.#shared.spans.traceparent(this.#holding.claim)
  }

  log(line: string): void {
    this.#shared.logLines.add(this.#holding.claim, line, databaseSeconds(this.#holding, monotonicMs()))
  }

  progress(fraction: number): void {
    this.#holding.progress = fraction
  }

  complete<Value>(
    effects: (client: ClientBase) => Promise<Value>,
  ): Promise<{ value: Value; result: string | null }> {
    return this.#shared.store.completeWith(this.#holding.claim, effects)
  }
}
