// Custody over a table of tasks: it gives what is asked for, writes what is settled, and fails as it is told to.
import { Custody, type CustodyParts } from '../../src/engine/custody.ts'
import { DEFAULT_BACKOFF } from '../../src/task/backoff.ts'
import type { Settlement } from '../../src/task/settlement.ts'
import type { Claim, TaskId } from '../../src/task/task.ts'
import { claimOf, recorder } from './fixtures.ts'

export function custodyOver(changes: Partial<CustodyParts> = {}) {
  const events = recorder()
  const claimed: Claim[] = []
  /** What reached the table, in its order. */
  const settled: { id: TaskId; verb: Settlement['verb'] }[] = []
  const left: { claim: Claim; settlement: Settlement }[] = []
  const next = () => {
    const claim = claimOf(claimed.length + 1)
    claimed.push(claim)
    return claim
  }
  const custody = new Custody({
    claim: async (limit) => ({ claims: Array.from({ length: limit }, next), positions: new Map() }),
    claimSuspect: async () => next(),
    async settle(batch) {
      settled.push(...batch.map(({ claim, settlement }) => ({ id: claim.id, verb: settlement.verb })))
      return new Map(batch.map(({ claim }) => [claim.id, 'done']))
    },
    backoffOf: () => DEFAULT_BACKOFF,
    sinceUs: () => 1_000_000,
    mayRun: () => true,
    onFinished: () => {},
    onSettled: (claim, settlement) => void left.push({ claim, settlement }),
    emit: events.emit,
    ...changes,
  })
  return { custody, events, claimed, settled, left }
}

export const idsOf = (all: readonly { readonly id: TaskId }[]) =>
  all.map(({ id }) => Number(id)).toSorted((a, b) => a - b)
