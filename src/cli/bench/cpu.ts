// CPU seconds of a PostgreSQL server on this machine, from /proc: its postmaster, and all that lives or lived below it.
import { readdirSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { ServerFacts } from '../../db/bench/meter.ts'

/** What Linux counts in, on every platform that Node supports. */
const TICKS_PER_SECOND = 100

/** The pid of the postmaster; null where the server is elsewhere, in another container, or this is no Linux. */
export function findPostmaster({ pid, address }: Pick<ServerFacts, 'pid' | 'address'>): number | null {
  const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map((each) => each.address))
  if (address !== null && !own.includes(address)) return null
  const backend = readStat(pid)
  return backend?.name.startsWith('postgres') ? backend.parent : null
}

/** Seconds in user and kernel mode since the server started. null where it cannot be told. */
export function serverCpuSeconds(postmaster: number | null): number | null {
  if (postmaster === null) return null
  const own = readStat(postmaster)
  if (own === undefined) return null
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
  const living = children.filter((child) => child?.parent === postmaster)
  const ticks = living.reduce((sum, child) => sum + (child?.ticks ?? 0), own.ticks + own.deadChildrenTicks)
  return ticks / TICKS_PER_SECOND
}

interface Stat {
  name: string
  parent: number
  ticks: number
  deadChildrenTicks: number
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // A name may hold blanks and brackets; what follows the last bracket does not.
    const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(text) ?? []
    const fields = rest.split(' ').map(Number)
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15)
    return {
      name,
      parent: fields[1] ?? 0,
      ticks: user + system,
      deadChildrenTicks: childUser + childSystem,
    }
  } catch {
    return undefined
  }
}
