// A claimer on a connection of its own, with the very statements of `serve`.
import { hostname } from 'node:os'
import { claim } from '../../../db/claim.ts'
import { createPool } from '../../../db/pool.ts'
import { register } from '../../../db/processes.ts'
import { settle } from '../../../db/settle.ts'
import { FROM_THE_FRONT } from '../../../task/lane.ts'
import type { Claim } from '../../../task/task.ts'
import { readVersion } from '../../version.ts'
import { type Claimer, RACE_KIND } from './claimer.ts'

/** Longer than any race: a claimer does not beat. */
const LEASE_MS = 600_000

/** Connects and registers. */
export async function sqlClaimer(url: string, name: string, queue: string): Promise<Claimer> {
  const pool = createPool({ url, applicationName: 'taskproc bench race', maxConnections: 1 })
  const joined = await register(pool, {
    name,
    host: hostname(),
    pid: process.pid,
    pidProof: null,
    version: readVersion(),
    queues: [queue],
    kinds: [RACE_KIND],
    workers: 1,
    leaseMs: LEASE_MS,
  }).catch(async (thrown: unknown) => {
    await pool.end()
    throw thrown
  })
  if (joined === null) throw new Error(`a process named ${name} is alive`)
  const { id: processId } = joined
  const lane = { queue, kind: RACE_KIND, priority: 0, limit: 1, ...FROM_THE_FRONT }
  const held = new Map<Claim['id'], Claim>()
  return {
    name,
    processId,
    grab: async () => {
      const { claims } = await claim(pool, processId, 1, [lane])
      const [first] = claims
      if (first === undefined) return null
      held.set(first.id, first)
      return first
    },
    complete: async ({ id }) => {
      const own = held.get(id)
      held.delete(id)
      if (own === undefined) throw new Error(`task ${id} was not grabbed`)
      await settle(pool, name, [{ claim: own, settlement: { verb: 'complete', result: null }, tookMs: 0 }])
    },
    leave: () => pool.end().catch(() => {}),
  }
}
