// Running a claim: what its handler is given, and the trace in which the run shows.
import type { RunTools } from '../handlers/invoke.ts'
import type { Outcome } from '../task/outcome.ts'
import type { Claim } from '../task/task.ts'
import { createRunSpans } from '../telemetry/trace.ts'
import { monotonicMs } from './clock.ts'
import type { Custody } from './custody.ts'
import { databaseSeconds, type Holding } from './holdings.ts'
import type { Kinds } from './kinds.ts'
import type { LogLines } from './log-lines.ts'
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

  function toolsFor(holding: Holding, signal: () => AbortSignal): RunTools {
    const { claim } = holding
    return {
      signal,
      traceparent: () => spans.traceparent(claim),
      log: (line) => logLines.add(claim, line, databaseSeconds(holding, monotonicMs())),
      progress: (fraction) => {
        holding.progress = fraction
      },
      complete: (effects) => store.completeWith(claim, effects),
    }
  }

  return {
    timeoutMs: (claim: Claim) => kinds.timeoutMs(claim),
    execute(holding, signal): Promise<Outcome> {
      const { claim } = holding
      return spans.within(claim, () => kinds.execute(claim, toolsFor(holding, signal)))
    },
    finish(holding, outcome, tookMs) {
      spans.end(holding.claim, outcome)
      custody.finish(holding, outcome, tookMs)
    },
  }
}
