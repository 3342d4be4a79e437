// A remote worker that has no living process any more is refused, and told why and what to do.
import type { Pool } from '../../db/pool.ts'
import { type Absence, type Caller, whyAbsent } from '../../db/remote/presence.ts'
import { Refusal } from '../problem.ts'

/** Throws a Refusal: 409, or `unknownStatus` where nobody has that process_id. */
export async function refuseAbsent(pool: Pool, caller: Caller, unknownStatus: 404 | 409): Promise<never> {
  const why = await whyAbsent(pool, caller)
  throw new Refusal(why === 'unknown' ? unknownStatus : 409, absence(caller, why))
}

function absence({ id, name }: Caller, why: Absence): string {
  const anew = 'Ask POST /claims without process_id to register anew.'
  switch (why) {
    case 'unknown':
      return `There is no process ${id}. ${anew}`
    case 'other':
      return `The process ${id} is no remote worker named ${name}. ${anew}`
    case 'stopped':
      return `The process ${name} (${id}) has said goodbye. ${anew}`
    case 'lost':
      return `The process ${name} (${id}) did not beat for longer than its lease and was declared lost: its tasks are others' now. ${anew}`
  }
}
