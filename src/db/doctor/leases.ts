// Doctor: processes that beat late, that nobody declares lost, or that were lost lately: leases too short for what is seen.
import { count, duration } from '../../task/words.ts'
import { HELD } from '../held.ts'
import { IS_CLAIMED } from '../owner.ts'
import { type Check, type Finding, rowOf, rowsOf } from './finding.ts'

/** A process that should be alive. */
export interface Beating {
  id: number | string
  name: string
  lease_ms: number
  /** Since its last beat, or since the server came up; less than 0: the beat is of a time that is still to come. */
  silent_ms: number
  /** Tasks that it has in hand: as of its last beat, or by their rows when nobody has rescued them. */
  held: number
}

/** A process that was declared lost in the last hour. */
interface Lost {
  id: number | string
  name: string
  lease_ms: number
  lost_ms: number
  /** It registered again afterwards: it had never been dead. */
  came_back: boolean
  /** A worker over HTTP: nothing is known of its machine. */
  is_remote: boolean
  /** Tasks that it had in hand, as of its last beat. */
  held: number
}

export const LEASES: Check = {
  name: 'leases',
  needsSchema: true,
  examine: async (db) => {
    const beating = await rowsOf<Beating & { sees_tasks: boolean }>(db, BEATING)
    // What it claimed and settled since its last beat only the rows know.
    for (const one of beating.filter((each) => each.sees_tasks && isUnrescued(each)))
      one.held = (await rowOf<{ n: number }>(db, HELD_BY, [one.id])).n
    const lost = await rowsOf<Lost>(db, LOST)
    // Only of one by itself it matters; and who asks may be a role that sees no tasks.
    const [only, ...others] = lost.filter(({ came_back }) => !came_back)
    if (only !== undefined && others.length === 0 && only.held > 0)
      only.held -= (await rowOf<{ n: number }>(db, SETTLED_SINCE, [only.id, only.held])).n
    return {
      findings: [...beating.flatMap(judgeBeat), ...judgeLost(lost)],
      note: `${beating.length} alive, ${lost.length} lost in the last hour`,
    }
  },
}

/** A beat is due each third of a lease: one was missed. */
const LATE_SHARE = 2 / 3
/** Who lives rescues within this after a lease is over. */
const RESCUE_MS = 5_000
/** A collection of garbage, a slow disk, a cable: such a silence happens to the healthy. */
const SHORT_LEASE_MS = 5_000
const AHEAD_MS = 1_000

export function judgeBeat({ name, lease_ms, silent_ms, held }: Beating): Finding[] {
  const lease = duration(lease_ms)
  const silence = `${name} beat ${duration(Math.abs(silent_ms))} ago, its lease is ${lease}`
  if (silent_ms < -AHEAD_MS) {
    const evidence = `${name} beat ${duration(-silent_ms)} ahead of now: the clock of the database was set back, and leases last longer by that`
    return [
      {
        name: 'clock set back',
        severity: 'warning',
        evidence,
        fix: 'timedatectl timesync-status # on the server of the database',
      },
    ]
  }
  if (isUnrescued({ lease_ms, silent_ms })) {
    const evidence = `${silence}, and no process is there to declare it lost and take over what it held (${count(held, 'task')})`
    return [
      { name: 'nobody rescues', severity: held > 0 ? 'error' : 'warning', evidence, fix: 'taskproc serve' },
    ]
  }
  if (silent_ms > lease_ms * LATE_SHARE) {
    const evidence = `${silence}: a beat is due each ${duration(lease_ms / 3)}`
    return [{ name: 'late beat', severity: 'warning', evidence, fix: longer(lease_ms) }]
  }
  if (lease_ms >= SHORT_LEASE_MS) return []
  const evidence = `${name} has a lease of ${lease}: a silence of that length, which the healthy know too, gives its tasks to others`
  return [{ name: 'short lease', severity: 'info', evidence, fix: longer(lease_ms) }]
}

/** Who lives would have declared it lost by now. */
function isUnrescued({ lease_ms, silent_ms }: Pick<Beating, 'lease_ms' | 'silent_ms'>): boolean {
  return silent_ms > lease_ms + RESCUE_MS
}

function judgeLost(lost: readonly Lost[]): Finding[] {
  const alive = lost.filter(({ came_back }) => came_back)
  const dead = lost.filter(({ came_back }) => !came_back)
  const longest = Math.max(0, ...alive.map(({ lease_ms }) => lease_ms))
  return [
    ...judgeThem(
      'lost and came back',
      alive,
      'silent for longer than the lease, and yet alive. Too much load, a network that was cut, or a lease too short',
      longer(longest),
    ),
    ...judgeDead(
      dead.filter(({ is_remote }) => !is_remote),
      'Killed, out of memory, or the machine went away',
      'journalctl -k --grep "Out of memory" # on their hosts; look at their own logs too',
    ),
    ...judgeDead(
      dead.filter(({ is_remote }) => is_remote),
      'Remote workers: stopped, or cut off from the API',
      'curl URL/processes/NAME/beat ... -d \'{"process_id": ID, "state": "stopping"}\' # how one says goodbye; look at its own logs',
    ),
  ]
}

function judgeDead(dead: readonly Lost[], why: string, fix: string): Finding[] {
  const findings = judgeThem(
    'lost processes',
    dead,
    `ended without a goodbye, or stopped beating, and never came back. ${why}`,
    fix,
  )
  // Somebody has tried something out: no task has suffered.
  const isHarmless = dead.length === 1 && dead[0]?.held === 0
  return isHarmless ? findings.map((finding) => ({ ...finding, severity: 'info' })) : findings
}

const MOST_NAMES = 3

function judgeThem(name: string, lost: readonly Lost[], meaning: string, fix: string): Finding[] {
  if (lost.length === 0) return []
  const named = lost.slice(0, MOST_NAMES).map((one) => `${one.name} ${duration(one.lost_ms)} ago`)
  const more = lost.length > MOST_NAMES ? ` and ${lost.length - MOST_NAMES} more` : ''
  const number = `${lost.length} process${lost.length === 1 ? '' : 'es'} in the last hour`
  const evidence = `${number} (${named.join(', ')}${more}): ${meaning}`
  return [{ name, severity: 'warning', evidence, fix }]
}

function longer(leaseMs: number): string {
  return `taskproc serve --lease ${Math.max(15, Math.ceil((leaseMs * 2) / 1000))}s`
}

const BEATING = `
select id, name, lease_ms, running + waiting as held, has_table_privilege('taskproc.tasks', 'select') as sees_tasks,
  extract(epoch from clock_timestamp() - greatest(heartbeat_at, pg_postmaster_start_time()))::float8 * 1000 as silent_ms
from taskproc.processes where state in ('running', 'draining') order by silent_ms desc`

// Apart from the beats: who asks may be a role that sees no tasks, and is refused a statement that names them.
const HELD_BY = `select ${HELD} as n from taskproc.processes p where p.id = $1`

// One that came back has a later row of the same process on the same machine.
const LOST = `
select p.id, p.name, p.lease_ms, extract(epoch from now() - p.stopped_at)::float8 * 1000 as lost_ms,
  p.pid = 0 as is_remote, p.running + p.waiting as held,
  exists (
    select from taskproc.processes later
    where later.id > p.id and later.name = p.name and later.host = p.host and later.pid = p.pid
      and later.pid_proof = p.pid_proof) as came_back
from taskproc.processes p
where p.state = 'lost' and p.stopped_at > now() - interval '1 hour'
order by p.stopped_at desc`

// Of what it held then, at most that.
const SETTLED_SINCE = `
select count(*)::float8 as n from (
  select from taskproc.processes p join taskproc.tasks t on ${IS_CLAIMED} and t.finished_at >= p.heartbeat_at
  where p.id = $1 limit $2) as settled`
