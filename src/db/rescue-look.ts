// Whether a rescue has anything to do: what every process asks again and again, in one statement that changes nothing.
import type { TaskId } from '../task/task.ts'
import type { Db } from './db.ts'
import { queryPlanned } from './planned.ts'

export interface RescueLook {
  /** Somebody's lease is over. */
  isAnyOver: boolean
  /** Somebody ended, and what it held is searched for: until some time after a first complete pass. */
  hasAnyEnded: boolean
  /** Those of them that were never searched: to be marked after a complete pass that follows. */
  unswept: TaskId[]
  /**
   * Until the next lease of another process can be over; null when there is no other process. Never more than a lease
   * away, and a third of a lease later in the usual case, since everybody beats that often.
   */
  nextExpiryMs: number | null
}

/** Looks for a reason to rescue. `processId` is who asks: its own lease is not waited for. */
export async function lookForRescue(db: Db, processId: TaskId): Promise<RescueLook> {
  const { rows } = await queryPlanned<Found>(db, LOOK)
  const live = rows.filter(({ hasEnded }) => !hasEnded)
  const ended = rows.filter(({ hasEnded }) => hasEnded)
  const others = live.filter(({ id }) => id !== processId).map(({ leftMs }) => leftMs)
  return {
    isAnyOver: live.some(({ leftMs }) => leftMs < 0),
    hasAnyEnded: ended.length > 0,
    unswept: ended.filter(({ isUnswept }) => isUnswept).map(({ id }) => id),
    nextExpiryMs: others.length === 0 ? null : others.reduce((soonest, ms) => Math.min(soonest, ms)),
  }
}

interface Found {
  id: TaskId
  hasEnded: boolean
  isUnswept: boolean
  leftMs: number
}

// A row for each live process, and for each whose claims `rescue` looks for. Summed up here and not there: the plan of a
// statement that does it, and that looks for such claims, costs the server three times as much as these rows.
const LOOK = `
select id, stopped_at is not null as "hasEnded", swept_at is null as "isUnswept",
  extract(epoch from greatest(heartbeat_at, pg_postmaster_start_time()) + lease_ms * interval '1 millisecond' - now())::float8
    * 1000 as "leftMs"
from taskproc.processes
where stopped_at is null or swept_at is null or swept_at > now() - interval '10 minutes'`
