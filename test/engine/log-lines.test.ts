// What handlers log: kept in order and in batches, bounded for each attempt and in memory, and lost only where it must be.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { LogLine } from '../../src/db/logs.ts'
import { LogLines } from '../../src/engine/log-lines.ts'
import { LIMITS } from '../../src/task/limits.ts'
import { claimOf, claimsOf, recorder } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function build() {
  const state = { isAway: false }
  const events = recorder()
  const batches: (readonly LogLine[])[] = []
  const lines = new LogLines(async (batch) => {
    if (state.isAway) throw new Error('away')
    batches.push(batch)
  }, events.emit)
  return { lines, state, events, batches, texts: () => batches.flat().map(({ line }) => line) }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

it('writes a first line at once, with its attempt, and what follows together', async () => {
  const { lines, batches } = build()
  lines.start()
  await settle()
  lines.add(claimOf(7, { attempt: 2 }), 'begun', null)
  await settle()
  expect(batches).toMatchObject([[{ taskId: 7, attempt: 2, line: 'begun' }]])
  for (let line = 0; line < 50; line++) {
    lines.add(claimOf(7), `line ${line}`, null)
    await vi.advanceTimersByTimeAsync(10)
  }
  await vi.advanceTimersByTimeAsync(500)
  expect(batches.flat()).toHaveLength(51)
  expect(batches.length).toBeLessThanOrEqual(4)
  await lines.stop()
})

it('writes with a line when it was said, however late that is', async () => {
  const { lines, state, batches } = build()
  lines.start()
  await settle()
  state.isAway = true
  lines.add(claimOf(1), 'said early', 7.5)
  await vi.advanceTimersByTimeAsync(2_000)
  state.isAway = false
  await vi.advanceTimersByTimeAsync(5_000)
  expect(batches).toMatchObject([[{ line: 'said early', atS: 7.5 }]])
  await lines.stop()
})

it('keeps the order over an outage, and writes no more in one go than a batch', async () => {
  const { lines, state, batches, texts, events } = build()
  lines.start()
  state.isAway = true
  const said = Array.from({ length: 3 * LIMITS.batchRows }, (_, index) => `line ${index}`)
  for (const [index, claim] of claimsOf(said.length).entries()) lines.add(claim, said[index] ?? '', null)
  await vi.advanceTimersByTimeAsync(10_000)
  state.isAway = false
  await vi.advanceTimersByTimeAsync(10_000)
  expect(texts()).toEqual(said)
  expect(Math.max(...batches.map((batch) => batch.length))).toBe(LIMITS.batchRows)
  expect(events.named('part.recovered')).toEqual([{ part: 'log lines' }])
  await lines.stop()
})

it('keeps so many lines of an attempt and no more, and says so once; another attempt has its own', async () => {
  const { lines, texts } = build()
  lines.start()
  const [first, second] = [claimOf(1), claimOf(1, { claimNumber: 2 })]
  for (let line = 0; line < LIMITS.logLinesPerAttempt + 20; line++) lines.add(first, 'again', null)
  lines.add(second, 'the next attempt', null)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(texts().filter((text) => text === 'again')).toHaveLength(LIMITS.logLinesPerAttempt)
  expect(texts().slice(LIMITS.logLinesPerAttempt)).toEqual([
    `no more is kept: the limit is ${LIMITS.logLinesPerAttempt} lines`,
    'the next attempt',
  ])
  await lines.stop()
})

it('holds a bounded number of lines while the database is away, the first ones', async () => {
  const { lines, state, texts } = build()
  state.isAway = true
  lines.start()
  for (const claim of claimsOf(12_000)) lines.add(claim, `of task ${claim.id}`, null)
  state.isAway = false
  await vi.advanceTimersByTimeAsync(60_000)
  expect(texts()).toHaveLength(10_000)
  expect(texts().at(-1)).toBe('of task 10000')
  await lines.stop()
})

it('makes a line fit for the database: no U+0000, no half character', async () => {
  const { lines, texts } = build()
  lines.start()
  lines.add(claimOf(1), 'a\u0000b\ud800c', null)
  await settle()
  expect(texts()).toEqual(['a\uFFFDb\uFFFDc'])
  await lines.stop()
})

it('writes what is left when it stops', async () => {
  const { lines, texts } = build()
  lines.start()
  await settle()
  lines.add(claimOf(1), 'first', null)
  await settle()
  lines.add(claimOf(1), 'last', null)
  await lines.stop()
  expect(texts()).toEqual(['first', 'last'])
  expect(vi.getTimerCount()).toBe(0)
})

it('does not try for ever when it stops and the database is away', async () => {
  const { lines, state } = build()
  state.isAway = true
  lines.start()
  lines.add(claimOf(1), 'lost', null)
  await expect(lines.stop()).rejects.toThrow('away')
  expect(vi.getTimerCount()).toBe(0)
})
