// What an engine says of itself at this moment.
import { monotonicMs } from './clock.ts'
import type { Custody } from './custody.ts'
import type { Drain } from './drain.ts'
import type { Lease } from './lease.ts'
import type { EngineStatus } from './options.ts'

export interface StatusSources {
  workers: number
  custody: Custody
  drain: Drain
  lease: Lease
}

export function readStatus({ workers, custody, drain, lease }: StatusSources): EngineStatus {
  const { holdings, channel, tally } = custody
  const nowMs = monotonicMs()
  const running = holdings
    .running()
    .flatMap(({ claim, progress, running }) =>
      running ? [{ claim, worker: running.worker, forMs: nowMs - running.startedMs, progress }] : [],
    )
  const { state, leftMs } = drain
  return {
    ...{ state, workers, waiting: channel.waiting, running },
    ...{ drainLeftMs: leftMs, beatAgeMs: lease.beatAgeMs, totals: tally.totals },
  }
}
