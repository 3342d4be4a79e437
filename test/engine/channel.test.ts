// The channel: first in, first out, nothing lost and nothing doubled, however push, take and close interleave.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Channel } from '../../src/engine/channel.ts'

type Step =
  | { do: 'push'; count: number }
  | { do: 'take' }
  | { do: 'turn' }
  | { do: 'empty' }
  | { do: 'close' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('push' as const), count: fc.integer({ min: 0, max: 4 }) }),
  },
  { weight: 8, arbitrary: fc.constant({ do: 'take' as const }) },
  { weight: 4, arbitrary: fc.constant({ do: 'turn' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'close' as const }, { do: 'empty' as const }) },
)

describe('channel', () => {
  it('hands every item to exactly one taker or back at close, in order, in any interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const channel = new Channel<number>()
        const accepted: number[] = []
        const taken: (number | undefined | Promise<number | undefined>)[] = []
        const left: number[] = []
        let sent = 0
        let closed = false
        for (const one of [...steps, { do: 'close' } as const]) {
          if (one.do === 'push') {
            const items = Array.from({ length: one.count }, () => sent++)
            expect(channel.push(items)).toBe(!closed)
            if (!closed) accepted.push(...items)
          } else if (one.do === 'take') taken.push(channel.take())
          else if (one.do === 'turn') await Promise.resolve()
          else if (one.do === 'empty') left.push(...channel.empty())
          else {
            left.push(...channel.close())
            closed = true
          }
          expect(channel.waiting).toBe(closed ? 0 : Math.max(0, accepted.length - left.length - taken.length))
        }
        const got = (await Promise.all(taken)).filter((item) => item !== undefined)
        expect(got).toEqual(got.toSorted((a, b) => a - b))
        expect([...got, ...left].toSorted((a, b) => a - b)).toEqual(accepted)
      }),
    )
  })

  it('serves takers in the order in which they came', async () => {
    const channel = new Channel<string>()
    const takers = [channel.take(), channel.take(), channel.take()]
    channel.push(['a', 'b'])
    channel.push(['c'])
    expect(await Promise.all(takers)).toEqual(['a', 'b', 'c'])
  })

  it('hands out an item that waits without a turn of the event loop', () => {
    const channel = new Channel<string>()
    channel.push(['a'])
    expect(channel.take()).toBe('a')
  })

  it('tells every taker that it is closed, those that wait and those that come later', async () => {
    const channel = new Channel<string>()
    const waiting = [channel.take(), channel.take()]
    expect(channel.close()).toEqual([])
    expect(await Promise.all([...waiting, channel.take()])).toEqual([undefined, undefined, undefined])
  })

  it('gives back what nobody took once, and leaves later items with their caller', () => {
    const channel = new Channel<string>()
    channel.push(['a', 'b', 'c'])
    channel.take()
    expect(channel.close()).toEqual(['b', 'c'])
    expect(channel.close()).toEqual([])
    expect(channel.push(['d'])).toBe(false)
    expect(channel.take()).toBeUndefined()
  })

  it('stays open when it is emptied', async () => {
    const channel = new Channel<string>()
    channel.push(['a', 'b'])
    expect(channel.empty()).toEqual(['a', 'b'])
    const taker = channel.take()
    expect(channel.push(['c'])).toBe(true)
    expect(await taker).toBe('c')
  })

  it('hands out a long line in order', () => {
    const channel = new Channel<number>()
    const numbers = Array.from({ length: 5_000 }, (_, index) => index)
    channel.push(numbers)
    expect(numbers.map(() => channel.take())).toEqual(numbers)
    expect(channel.waiting).toBe(0)
  })

  it('forgets what was taken, also while something always waits', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const channel = new Channel<object>()
    const items: WeakRef<object>[] = []
    const push = () => {
      const item = { payload: Array.from({ length: 100 }) }
      items.push(new WeakRef(item))
      channel.push([item])
    }
    push()
    for (let taken = 0; taken < 5_000; taken++) {
      push()
      channel.take()
    }
    expect(channel.waiting).toBe(1)
    // A WeakRef holds its object until the turn in which it was made is over.
    await new Promise(setImmediate)
    collectGarbage()
    expect(items.filter((item) => item.deref() !== undefined).length).toBeLessThan(500)
  })
})
