// Doctor: the clock of this machine and that of the database. Nothing that is stored or decided comes from the first;
// but logs, traces and the times that people type do.
import { duration } from '../../task/words.ts'
import type { Db } from '../db.ts'
import { type Check, type Finding, rowOf } from './finding.ts'

export interface ClockOffset {
  /** The clock of this machine less that of the database. */
  offset_ms: number
  /** Half of the way there and back. */
  uncertainty_ms: number
  /** Of the live processes; null: there is none. */
  shortest_lease_ms: number | null
}

export const CLOCK: Check = {
  name: 'clock',
  needsSchema: true,
  examine: async (db) => {
    const { ms } = await rowOf<{ ms: number | null }>(db, SHORTEST_LEASE)
    const offset = { ...(await measure(db)), shortest_lease_ms: ms }
    const { offset_ms, uncertainty_ms } = offset
    return {
      findings: judgeClock(offset),
      note: `${duration(Math.abs(offset_ms))} apart, give or take ${duration(Math.ceil(uncertainty_ms))}`,
    }
  },
}

/** What somebody who compares two logs would stumble over. */
const PLAIN_MS = 1_000
const DEFAULT_LEASE_MS = 15_000

export function judgeClock({ offset_ms, uncertainty_ms, shortest_lease_ms }: ClockOffset): Finding[] {
  const off = Math.abs(offset_ms) - uncertainty_ms
  if (off < PLAIN_MS) return []
  const leaseMs = shortest_lease_ms ?? DEFAULT_LEASE_MS
  const severity = off < leaseMs ? 'info' : 'warning'
  const way = offset_ms > 0 ? 'ahead of' : 'behind'
  const evidence = `the clock of this machine is ${duration(Math.abs(offset_ms))} ${way} the database's (a lease is ${duration(leaseMs)}). Leases and run_at go by the database alone; times in logs and traces from here, and those typed here for --at, are wrong by that`
  return [{ name: 'clock offset', severity, evidence, fix: 'timedatectl set-ntp true' }]
}

const SAMPLES = 3

/** The sample whose answer came soonest knows best. */
async function measure(db: Db): Promise<Omit<ClockOffset, 'shortest_lease_ms'>> {
  const samples: Omit<ClockOffset, 'shortest_lease_ms'>[] = []
  for (let sample = 0; sample < SAMPLES; sample++) {
    const before = Date.now()
    const startedMs = performance.now()
    const { ms } = await rowOf<{ ms: number }>(db, CLOCK_NOW)
    const uncertainty_ms = (performance.now() - startedMs) / 2
    samples.push({ offset_ms: before + uncertainty_ms - ms, uncertainty_ms })
  }
  return samples.reduce((best, each) => (each.uncertainty_ms < best.uncertainty_ms ? each : best))
}

const CLOCK_NOW = 'select extract(epoch from clock_timestamp())::float8 * 1000 as ms'

const SHORTEST_LEASE = `
select min(lease_ms)::float8 as ms from taskproc.processes where state in ('running', 'draining')`
