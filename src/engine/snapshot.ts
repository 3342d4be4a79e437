// What a process tells of itself with each beat: what it holds, and what it has done.
import type { ProcessCounters } from '../db/beat.ts'
import { monotonicMs } from './clock.ts'
import type { Custody } from './custody.ts'
import type { LeaseSnapshot } from './lease.ts'

/** `nowUs` is the clock of the database, in microseconds since 1970. */
export function readCounters({ tally, holdings }: Custody, nowUs: number): ProcessCounters {
  return tally.counters(monotonicMs(), nowUs, holdings.claims())
}

/** `nowUs` is the clock of the database, in microseconds since 1970. */
export function readSnapshot(custody: Custody, nowUs: number): LeaseSnapshot {
  const { holdings, channel } = custody
  return {
    running: holdings.running().length,
    waiting: channel.waiting,
    claimsSinceUs: holdings.claimsSinceUs,
    counters: readCounters(custody, nowUs),
    doing: holdings.longest(nowUs, monotonicMs()),
  }
}
