// The completer: whatever the database does, each outcome is reported once, and a refused value harms nobody else.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LIMITS } from '../../src/task/limits.ts'
import type { Settling } from '../../src/task/settlement.ts'
import type { TaskId } from '../../src/task/task.ts'
import {
  completerOver,
  completion,
  completions,
  idsOf,
  onDemand,
  sqlError,
  writesAll,
  writtenOf,
} from './completer-store.ts'
import { claimOf, deferred } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const turn = () => vi.advanceTimersByTimeAsync(0)

describe('completer', () => {
  it('reports every outcome exactly once and resolves flushed after the last, whatever fails', async () => {
    const failure = fc.constantFrom('none', 'before', 'after', 'lock', 'slow')
    const bursts = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 })
    const refusals = fc.uniqueArray(fc.integer({ min: 1, max: 900 }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(
        bursts,
        refusals,
        fc.array(failure, { maxLength: 12 }),
        fc.boolean(),
        async (sizes, refused, failures, turns) => {
          let call = 0
          const written = new Set<TaskId>()
          const { completer, asked, reported, inFlight } = completerOver(async (batch) => {
            const failure = failures[call++] ?? 'none'
            await new Promise((resolve) => setTimeout(resolve, call % 7))
            if (failure === 'before') throw sqlError('08006')
            if (failure === 'lock') throw sqlError('40P01')
            if (failure === 'slow') throw new Error('Query read timeout')
            const isRefused = ({ claim, settlement }: Settling) =>
              settlement.verb === 'complete' && refused.includes(Number(claim.id))
            if (batch.some(isRefused)) throw sqlError(call % 2 === 0 ? '22P05' : '23514')
            for (const id of idsOf(batch)) written.add(id)
            if (failure === 'after') throw new Error('the connection ended')
            return writtenOf(batch)
          })
          let added = 0
          for (const size of sizes) {
            for (const one of completions(size, added + 1)) completer.add(one)
            added += size
            if (turns) await turn()
          }
          let reportedAtFlush = -1
          const flushed = completer.flushed().then(() => (reportedAtFlush = reported.length))
          await vi.runAllTimersAsync()
          await flushed

          expect(reportedAtFlush).toBe(added)
          expect(new Set(reported.map(({ one }) => one.claim.id)).size).toBe(added)
          expect(written.size).toBe(added)
          expect(reported.every(({ isOurs }) => isOurs)).toBe(true)
          const rewritten = reported
            .filter(({ one }) => one.settlement.verb === 'fail')
            .map(({ one }) => Number(one.claim.id))
          expect(rewritten.toSorted((a, b) => a - b)).toEqual(
            refused.filter((id) => id <= added).toSorted((a, b) => a - b),
          )
          expect(Math.max(...asked.map(({ ids }) => ids.length))).toBeLessThanOrEqual(LIMITS.settleRows)
          expect(inFlight.most).toBeLessThanOrEqual(2)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('writes a lone outcome at once, together with those that finished in the same turn', async () => {
    const { completer, asked } = completerOver(writesAll)
    for (const one of completions(3)) completer.add(one)
    expect(asked).toEqual([])
    await turn()
    expect(asked).toEqual([{ ids: [1, 2, 3], resent: false }])
  })

  it('collects while a batch is on its way, and sends what it collected as one', async () => {
    const { answer, settle } = onDemand()
    const { completer, asked } = completerOver(settle)
    completer.add(completion(1))
    await turn()
    for (const id of [2, 3, 4]) {
      completer.add(completion(id))
      await turn()
    }
    expect(asked).toHaveLength(1)
    answer(1)
    await turn()
    expect(asked.map(({ ids }) => ids)).toEqual([[1], [2, 3, 4]])
  })

  it('sends what is late without waiting for a batch that is stuck', async () => {
    const { settle } = onDemand()
    const { completer, asked } = completerOver(settle)
    completer.add(completion(1))
    await turn()
    for (const one of completions(3, 2)) completer.add(one)
    await vi.advanceTimersByTimeAsync(99)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(asked.map(({ ids }) => ids)).toEqual([[1], [2, 3, 4]])
  })

  it('sends no more bytes together than a batch may have, and one outcome alone however large', async () => {
    const { completer, asked } = completerOver(writesAll)
    const third = 'x'.repeat(Math.floor(LIMITS.batchBytes / 3))
    for (let id = 1; id <= 4; id++) completer.add(completion(id, third))
    completer.add(completion(5, 'x'.repeat(2 * LIMITS.batchBytes)))
    completer.add({
      claim: claimOf(6),
      settlement: { verb: 'retry', delayMs: 1, error: third.repeat(2) },
      tookMs: 1,
    })
    completer.add(completion(7))
    await completer.flushed()
    expect(asked.map(({ ids }) => ids)).toEqual([[1, 2, 3], [4], [5], [6, 7]])
  })

  it('sends each task once in a batch: of two claims of one, the lost one is not called written', async () => {
    const { completer, asked, reported } = completerOver(async (batch) => {
      const ours = batch.filter(({ claim }) => claim.claimNumber === 2)
      return writtenOf(ours)
    })
    const second = { claimNumber: 2 }
    const claims = [claimOf(1), claimOf(2, second), claimOf(1, second), claimOf(3, second)]
    for (const claim of claims) completer.add({ ...completion(claim.id), claim })
    await completer.flushed()
    expect(asked.map(({ ids }) => ids)).toEqual([
      [1, 2],
      [1, 3],
    ])
    expect(reported.map(({ one, isOurs }) => [one.claim.id, one.claim.claimNumber, isOurs])).toEqual([
      [1, 1, false],
      [2, 2, true],
      [1, 2, true],
      [3, 2, true],
    ])
  })

  it('has two full batches on their way and not a third', async () => {
    const { answer, settle } = onDemand()
    const { completer, asked } = completerOver(settle)
    for (const one of completions(4 * LIMITS.settleRows)) completer.add(one)
    await turn()
    expect(asked.map(({ ids }) => ids.length)).toEqual([LIMITS.settleRows, LIMITS.settleRows])
    answer(2)
    await turn()
    expect(asked).toHaveLength(3)
  })

  it('says of each outcome whether the fence let it pass', async () => {
    const { completer, reported } = completerOver(async () => new Map([[2, 'done']]))
    for (const one of completions(3)) completer.add(one)
    await turn()
    expect(reported.map(({ one, isOurs }) => [one.claim.id, isOurs])).toEqual([
      [1, false],
      [2, true],
      [3, false],
    ])
  })

  it('resolves flushed at once when there is nothing to write', async () => {
    const { completer, asked } = completerOver(writesAll)
    await completer.flushed()
    expect(asked).toEqual([])
  })

  it('resolves every flushed, and only after what was added in the meantime is written too', async () => {
    const { answer, settle } = onDemand()
    const { completer, reported } = completerOver(settle)
    completer.add(completion(1))
    const done = vi.fn()
    const flushes = [completer.flushed().then(done), completer.flushed().then(done)]
    await turn()
    completer.add(completion(2))
    answer(1)
    await turn()
    expect(done).not.toHaveBeenCalled()
    answer(2)
    await Promise.all(flushes)
    expect(idsOf(reported.map(({ one }) => one))).toEqual([1, 2])
  })

  it('tries no more once it is given up, and holds nobody up', async () => {
    const { completer, asked, reported } = completerOver(async () => {
      throw new Error('the connection ended')
    })
    completer.add(completion(1))
    const flushed = completer.flushed()
    await vi.advanceTimersByTimeAsync(1_000)
    const tries = asked.length
    completer.giveUp()
    await flushed
    completer.add(completion(2))
    await completer.flushed()
    expect(asked).toHaveLength(tries)
    expect(reported).toEqual([])
    await vi.runAllTimersAsync()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('sends nothing that still waited for its turn when it was given up', async () => {
    const answers = [deferred(), deferred()]
    const { completer, asked } = completerOver(async (batch) => {
      const nth = asked.length
      if (nth === 1) throw sqlError('22P02')
      await answers[nth - 2]?.promise
      return writtenOf(batch)
    })
    for (const one of completions(4)) completer.add(one)
    await turn()
    completer.add(completion(5))
    await vi.advanceTimersByTimeAsync(100)
    expect(asked.map(({ ids }) => ids)).toEqual([
      [1, 2, 3, 4],
      [1, 2],
      [3, 4],
    ])
    completer.giveUp()
    for (const answer of answers) answer.resolve()
    await completer.flushed()
    expect(asked).toHaveLength(3)
  })
})
