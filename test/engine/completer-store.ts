// What the tests of the completer are made from: outcomes, and a database that answers, refuses and delays as it is told.

import { Completer } from '../../src/engine/completer.ts'
import type { Settling } from '../../src/task/settlement.ts'
import type { Status } from '../../src/task/status.ts'
import type { TaskId } from '../../src/task/task.ts'
import { claimOf, type Deferred, deferred, recorder } from './fixtures.ts'

export const completion = (id: TaskId, result = 'null'): Settling => ({
  claim: claimOf(id),
  settlement: { verb: 'complete', result },
  tookMs: 1,
})
export const completions = (count: number, firstId = 1) =>
  Array.from({ length: count }, (_, index) => completion(firstId + index))
export const idsOf = (batch: readonly Settling[]) => batch.map((one) => one.claim.id)
/** The answer that these were written, as done. */
export const writtenOf = (batch: readonly Settling[]): Map<TaskId, Status> =>
  new Map(idsOf(batch).map((id) => [id, 'done']))
export const sqlError = (code: string) => Object.assign(new Error(`refused with ${code}`), { code })

export type Settle = (batch: readonly Settling[], resent: boolean) => Promise<ReadonlyMap<TaskId, Status>>

/** A completer over `settle`, what it asked of it, and what it reported. */
export function completerOver(settle: Settle) {
  const events = recorder()
  const asked: { ids: TaskId[]; resent: boolean }[] = []
  const reported: { one: Settling; isOurs: boolean }[] = []
  const inFlight = { now: 0, most: 0 }
  const completer = new Completer({
    async settle(batch, resent) {
      asked.push({ ids: idsOf(batch), resent })
      inFlight.most = Math.max(inFlight.most, ++inFlight.now)
      try {
        return await settle(batch, resent)
      } finally {
        inFlight.now -= 1
      }
    },
    settled: (one, status) => void reported.push({ one, isOurs: status !== null }),
    emit: events.emit,
  })
  return { completer, events, asked, reported, inFlight }
}

export const writesAll: Settle = async (batch) => writtenOf(batch)

/** Answers when the test says so: the n-th batch waits for the n-th answer. */
export function onDemand() {
  const answers: Deferred<void>[] = []
  const settle: Settle = async (batch) => {
    const answer = deferred()
    answers.push(answer)
    await answer.promise
    return writtenOf(batch)
  }
  const answer = (number: number) => {
    const one = answers[number - 1]
    if (one === undefined) throw new Error(`batch ${number} was not sent`)
    one.resolve()
  }
  return { answer, settle }
}
