// A word to who enqueues what nobody would run: most likely the kind is mistyped.
import type { Pool } from '../../db/pool.ts'
import { readServed } from '../../db/why/processes.ts'
import { nearest } from '../../task/near.ts'
import type { Terminal } from '../terminal.ts'

/**
 * Says on stderr that processes are alive and none has a handler for this kind. Where none is alive there is nothing to
 * compare with. The task is in: that this cannot be found out is no failure.
 */
export async function warnUnserved(pool: Pool, kind: string, { stderr }: Terminal): Promise<void> {
  const served = await readServed(pool, { kind }).catch(() => null)
  if (served === null || served.kinds_served.length === 0 || served.kinds_served.includes(kind)) return
  // There are more than are read: this one may be among them.
  if (served.queues_served?.length !== 0) return
  const meant = nearest(kind, served.kinds_served)
  const question = meant.length === 0 ? '' : ` (did you mean ${meant.join(' or ')}?)`
  stderr.write(`nobody serves the kind ${kind}${question}\n`)
}
