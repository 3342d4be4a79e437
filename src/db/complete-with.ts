// Transactional completion: the user's own statements and the settlement in one transaction, both or neither.
import type { ClientBase } from 'pg'
import { ClaimLost, ResultRefused } from '../errors.ts'
import { outcomeOfValue } from '../task/outcome.ts'
import type { Claim } from '../task/task.ts'
import type { Pool } from './pool.ts'
import { settle } from './settle.ts'
import { rollBack } from './transaction.ts'

/**
 * Runs `effects` and completes the claim in one transaction. Returns what they returned, and its JSON text as it was
 * stored. Throws ClaimLost, with nothing committed, when the claim is no longer ours. When the connection is lost at
 * the commit nobody can tell which it was: this throws, the attempt fails, and the fence refuses that failure if
 * the transaction was committed.
 */
export async function completeWith<Value>(
  pool: Pool,
  processName: string,
  claim: Claim,
  effects: (client: ClientBase) => Promise<Value>,
): Promise<{ value: Value; result: string | null }> {
  const client = await pool.connect()
  let isBroken = false
  try {
    await client.query('begin')
    const value = await effects(client)
    const outcome = outcomeOfValue(value)
    if (outcome.type !== 'done')
      throw new ResultRefused(outcome.type === 'failed' ? outcome.error : outcome.type)
    const { result } = outcome
    const written = await settle(client, processName, [
      { claim, settlement: { verb: 'complete', result }, tookMs: null },
    ])
    if (!written.has(claim.id)) throw new ClaimLost(claim.id)
    await client.query('commit')
    return { value, result }
  } catch (thrown) {
    isBroken = !(await rollBack(client))
    throw thrown
  } finally {
    client.release(isBroken)
  }
}
