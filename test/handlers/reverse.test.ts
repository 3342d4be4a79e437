// The demonstration task: its sleep is replaced, its chances are given.
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { REVERSE, reverse, reversed } from '../../src/handlers/builtin/reverse.ts'
import { contextOf } from './fixtures.ts'

vi.mock('node:timers/promises', () => ({ setTimeout: vi.fn(async () => {}) }))
beforeEach(() => void vi.mocked(sleep).mockClear())

const context = contextOf('reverse')
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

/** Gives these numbers, one after the other. */
const chances = (...numbers: number[]) => {
  const left = [...numbers]
  return () => left.shift() ?? 0.5
}

/** A linear congruential generator: the same numbers in each run of the tests. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

describe('reverse', () => {
  it('sleeps one to four seconds and gives its payload from back to front, or fails', async () => {
    const ascii = fc.string({ unit: 'grapheme-ascii' })
    await fc.assert(
      fc.asyncProperty(ascii, chance, chance, async (payload, first, second) => {
        const run = reverse(payload, context, chances(first, second))
        if (second < 0.1) await expect(run).rejects.toThrow('reverse failed')
        else expect(await run).toBe(payload.split('').reverse().join(''))
        const sleptMs = vi.mocked(sleep).mock.lastCall?.[0] ?? 0
        expect(sleptMs).toBeGreaterThanOrEqual(1_000)
        expect(sleptMs).toBeLessThanOrEqual(4_000)
      }),
    )
  })

  it('fails one time in ten, and sleeps two and a half seconds on average', async () => {
    const random = seeded(7)
    const runs = await Promise.allSettled(
      Array.from({ length: 4_000 }, () => reverse('abc', context, random)),
    )
    const share = runs.filter(({ status }) => status === 'rejected').length / runs.length
    expect(share).toBeGreaterThan(0.08)
    expect(share).toBeLessThan(0.12)
    const sleptMs = vi.mocked(sleep).mock.calls.reduce((sum, [ms]) => sum + (ms ?? 0), 0)
    expect(sleptMs / runs.length).toBeGreaterThan(2_400)
    expect(sleptMs / runs.length).toBeLessThan(2_600)
  })

  it.each([[null], [7], [true], [{ text: 'abc' }], [['abc']]])(
    'refuses %j, which is no text, before it sleeps',
    async (payload) => {
      await expect(reverse(payload, context, chances())).rejects.toThrow(
        `takes a string, got ${JSON.stringify(payload)}`,
      )
      expect(sleep).not.toHaveBeenCalled()
    },
  )

  it('ends its sleep when it is told to stop', async () => {
    const { signal } = new AbortController()
    await reverse('abc', { signal }, chances(0.5, 0.5))
    expect(vi.mocked(sleep).mock.lastCall?.[2]?.signal).toBe(signal)
    vi.mocked(sleep).mockRejectedValueOnce(new Error('aborted'))
    await expect(reverse('abc', context, chances(0.5, 0.5))).rejects.toThrow('aborted')
  })

  it('is the handler of the kind', async () => {
    await expect(REVERSE.handler(7, context)).rejects.toThrow('takes a string')
  })
})

describe('reversed', () => {
  it('keeps what a reader sees as one character whole', () => {
    expect(reversed('aé👩‍👩‍👧z')).toBe('z👩‍👩‍👧éa')
    expect(reversed('e\u0301a')).toBe('ae\u0301')
    expect(reversed('🇫🇷🇩🇪')).toBe('🇩🇪🇫🇷')
    expect(reversed('')).toBe('')
  })

  it('loses and adds nothing, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect([...reversed(text)].toSorted()).toEqual([...text].toSorted())
      }),
    )
  })
})
