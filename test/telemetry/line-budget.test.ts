// A log that can afford so many lines a second counts what it leaves out, and says so.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLineBudget } from '../../src/telemetry/line-budget.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function budget(perSecond: number) {
  const reports: Record<string, number>[] = []
  return { reports, ...createLineBudget(perSecond, (left) => reports.push(Object.fromEntries(left))) }
}

it('spends its lines, then counts what is left out and reports it once a second', () => {
  const { spend, hasRoom, reports } = budget(2)
  expect([spend('a'), hasRoom(), spend('a'), hasRoom(), spend('a'), spend('b'), spend('a')]).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ])
  vi.advanceTimersByTime(1000)
  expect(reports).toEqual([{ a: 2, b: 1 }])
  expect([spend('a'), spend('a'), spend('a')]).toEqual([true, true, false])
  vi.advanceTimersByTime(5000)
  expect(reports).toEqual([{ a: 2, b: 1 }, { a: 1 }])
})

it('has nothing to report where all found room', () => {
  const { spend, close, reports } = budget(2)
  spend('a')
  vi.advanceTimersByTime(5000)
  close()
  expect(reports).toEqual([])
})

it('reports at its end what it had not reported', () => {
  const { spend, close, reports } = budget(0)
  spend('a')
  close()
  expect(reports).toEqual([{ a: 1 }])
  vi.advanceTimersByTime(5000)
  expect(reports).toHaveLength(1)
})
