// Steps: what several processes counted, added up by when it was.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inLastMinute, STEPS, sumSteps } from '../../src/task/steps.ts'

const last = (sum: readonly number[], places: number) => sum.slice(-places)

describe('the sum', () => {
  it('is nothing for every step where nobody counted', () => {
    expect(sumSteps([])).toEqual(new Array(STEPS).fill(0))
  })

  it('puts what ended longer ago so many steps further back', () => {
    const sum = sumSteps([
      { steps: [1, 2], ageSeconds: 9.9 },
      { steps: [10, 20], ageSeconds: 10 },
      { steps: [100], ageSeconds: 25 },
    ])
    expect(last(sum, 4)).toEqual([0, 100 + 10, 20 + 1, 2])
  })

  it('takes an age below zero, of a clock that is ahead, for none', () => {
    expect(last(sumSteps([{ steps: [3], ageSeconds: -7 }]), 1)).toEqual([3])
  })

  it('loses nothing but what is older than all of it', () => {
    const anyCounted = fc.record({
      steps: fc.array(fc.nat(1000), { maxLength: STEPS }),
      ageSeconds: fc.double({ min: -100, max: 2000, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(anyCounted), (counted) => {
        const sum = sumSteps(counted)
        const kept = counted.map(({ steps, ageSeconds }) => {
          const passed = Math.floor(Math.max(0, ageSeconds) / 10)
          return steps.slice(Math.max(0, steps.length + passed - STEPS)).reduce((a, b) => a + b, 0)
        })
        expect(sum).toHaveLength(STEPS)
        expect(sum.reduce((a, b) => a + b, 0)).toBe(kept.reduce((a, b) => a + b, 0))
      }),
    )
  })

  it('has its last minute in its last six steps, also of fewer', () => {
    expect(inLastMinute([50, 1, 2, 3, 4, 5, 6])).toBe(21)
    expect(inLastMinute([1, 2])).toBe(3)
  })
})
