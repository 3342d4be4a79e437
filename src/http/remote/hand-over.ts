// A claim on its way to a remote worker: a client that hangs up gets nothing, and what was claimed for it meanwhile goes
// back at once.
import type { ServerResponse } from 'node:http'
import type { ClaimedTask, RemoteClaim } from '../../db/remote/claim.ts'
import { Refusal } from '../problem.ts'

/**
 * Aborted when the client hangs up before the whole answer was handed to the network; at once where it has gone by now:
 * it is not told a second time. To be asked for before anything is waited for.
 */
export function hangUp(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  const look = () => {
    if (!response.writableFinished) gone.abort()
  }
  if (response.destroyed) look()
  else response.once('close', look)
  return gone.signal
}

/** Claims unless the client has gone; `undo` is called at most once, with what it did not get. */
export async function handOver(
  gone: AbortSignal,
  claim: () => Promise<RemoteClaim | null>,
  undo: (tasks: readonly ClaimedTask[]) => Promise<void>,
): Promise<RemoteClaim | null> {
  const claimed = gone.aborted ? null : await claim()
  const tasks = claimed?.tasks ?? []
  if (gone.aborted) {
    await undo(tasks)
    // Nobody hears it; it ends the request.
    throw new Refusal(503, 'The client has hung up.')
  }
  gone.addEventListener('abort', () => void undo(tasks), { once: true })
  return claimed
}
