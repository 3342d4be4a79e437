// Custody: every claim goes in once and comes out once, as what became of it, whatever happens in between.
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { Claimed } from '../../src/db/claim.ts'
import type { Holding } from '../../src/engine/holdings.ts'
import type { Outcome } from '../../src/task/outcome.ts'
import { custodyOver, idsOf } from './custody-store.ts'
import { claimOf, claimsOf, deferred } from './fixtures.ts'

const DONE: Outcome = { type: 'done', result: '1' }
const answer = (count: number, firstId = 1): Claimed => ({
  claims: claimsOf(count, firstId),
  positions: new Map(),
})

function took(channel: { take(): Holding | undefined | Promise<Holding | undefined> }): Holding {
  const holding = channel.take()
  if (holding === undefined || holding instanceof Promise) throw new Error('nothing waits')
  return holding
}

it('holds a claim from its answer until its outcome is written, and says so', async () => {
  const { custody, events, settled, left } = custodyOver()
  await custody.claim(2, [])
  expect([custody.holdings.size, custody.channel.waiting]).toEqual([2, 2])
  expect(events.named('claim.taken').map(({ claims }) => claims.length)).toEqual([2])
  const holding = took(custody.channel)
  custody.finish(holding, DONE, 5)
  expect(custody.holdings.size).toBe(2)
  await custody.completer.flushed()
  expect(settled).toEqual([{ id: 1, verb: 'complete' }])
  expect(custody.holdings.ids()).toEqual([2])
  expect(custody.tally.totals).toMatchObject({ claimed: 2, done: 1 })
  expect(events.named('settle.written').map(({ claim }) => claim.id)).toEqual([1])
  expect(left.map(({ claim, settlement }) => [claim.id, settlement.verb])).toEqual([[1, 'complete']])
})

it('settles every claim once, whatever fails, is cancelled, stopped or comes late', async () => {
  const step = fc.constantFrom(
    'claim',
    'lost claim',
    'done',
    'fails',
    'interrupted',
    'cancel',
    'empty',
    'turn',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, mayRun) => {
      const { custody, claimed, settled, left } = custodyOver({ mayRun: () => mayRun })
      const taken: Holding[] = []
      for (const one of [...steps, 'close']) {
        if (one === 'claim') await custody.claim(3, [])
        else if (one === 'cancel') custody.cancel(claimed.length)
        else if (one === 'turn') await new Promise(setImmediate)
        else if (one === 'empty') custody.release(custody.channel.empty())
        else if (one === 'close') custody.release(custody.channel.close())
        else if (custody.channel.waiting > 0) {
          const holding = took(custody.channel)
          const failed: Outcome = { type: 'failed', error: 'refused', permanent: false }
          taken.push(holding)
          if (one === 'done') custody.finish(holding, DONE, 1)
          else custody.finish(holding, one === 'fails' ? failed : { type: 'interrupted' }, 1)
        }
      }
      await custody.claim(2, [])
      await custody.completer.flushed()
      expect(idsOf(settled)).toEqual(idsOf(claimed))
      expect(left).toHaveLength(claimed.length)
      expect([custody.holdings.isEmpty, custody.channel.waiting]).toEqual([true, 0])
      if (!mayRun) expect(taken).toEqual([])
    }),
    { numRuns: 60 },
  )
})

it('remembers since when it may hold something when the answer to a claim is lost', async () => {
  const { custody } = custodyOver({ claim: () => Promise.reject(new Error('the connection ended')) })
  await expect(custody.claim(10, [])).rejects.toThrow('the connection ended')
  expect([custody.holdings.isEmpty, custody.holdings.claimsSinceUs]).toEqual([true, 1_000_000])
})

it('gives back what comes when the channel is closed', async () => {
  const coming = deferred<Claimed>()
  const { custody, settled } = custodyOver({ claim: () => coming.promise })
  const claim = custody.claim(3, [])
  custody.channel.close()
  coming.resolve(answer(3))
  await claim
  await custody.completer.flushed()
  expect(settled.map(({ verb }) => verb)).toEqual(['release', 'release', 'release'])
})

it('gives back what it may not run any more when it comes', async () => {
  const { custody, settled } = custodyOver({ mayRun: () => false })
  await custody.claim(2, [])
  expect(custody.channel.waiting).toBe(0)
  await custody.completer.flushed()
  expect(settled.map(({ verb }) => verb)).toEqual(['release', 'release'])
})

it('claims one suspect, and says whether there was one', async () => {
  const one = custodyOver()
  expect(await one.custody.claimSuspect()).toBe(true)
  expect([one.custody.holdings.size, one.custody.channel.waiting]).toEqual([1, 1])
  const none = custodyOver({ claimSuspect: async () => null })
  expect(await none.custody.claimSuspect()).toBe(false)
  expect(none.custody.holdings.isEmpty).toBe(true)
  expect(none.events.named('claim.taken')).toEqual([])
})

it('writes nothing for a task that its handler has completed itself', async () => {
  const { custody, events, settled } = custodyOver()
  await custody.claim(1, [])
  custody.finish(took(custody.channel), { ...DONE, isWritten: true }, 5)
  await custody.completer.flushed()
  expect(settled).toEqual([])
  expect(custody.holdings.isEmpty).toBe(true)
  expect(custody.tally.totals).toMatchObject({ claimed: 1, done: 1 })
  expect(events.named('settle.written')).toHaveLength(1)
})

it('counts what the fence refused as lost, not as done', async () => {
  const { custody, events } = custodyOver({ settle: async () => new Map() })
  await custody.claim(1, [])
  custody.finish(took(custody.channel), DONE, 5)
  await custody.completer.flushed()
  expect(custody.tally.totals).toMatchObject({ done: 0, lost: 1 })
  expect(events.named('settle.lost').map(({ claim }) => claim.id)).toEqual([1])
  expect(custody.holdings.isEmpty).toBe(true)
})

it('counts interrupted runs apart from those that ran', async () => {
  const { custody, settled } = custodyOver()
  await custody.claim(2, [])
  custody.finish(took(custody.channel), { type: 'interrupted' }, 5)
  expect([custody.interrupted, Object.keys(custody.tally.counters(0, 0, []).run_ms)]).toEqual([1, []])
  custody.finish(took(custody.channel), DONE, 5)
  expect([custody.interrupted, Object.keys(custody.tally.counters(0, 0, []).run_ms).length]).toEqual([1, 1])
  await custody.completer.flushed()
  expect(settled).toEqual([
    { id: 1, verb: 'release' },
    { id: 2, verb: 'complete' },
  ])
})

it('tells what runs to stop, and not what waits', async () => {
  const { custody } = custodyOver()
  await custody.claim(3, [])
  const stop = vi.fn()
  took(custody.channel).running = { worker: 1, startedMs: 0, run: { stop } }
  expect(custody.stopRunning('fenced')).toBe(1)
  expect(stop).toHaveBeenCalledExactlyOnceWith('fenced')
})

it('stops a task that is to be cancelled, or marks it where it waits; a second word changes nothing', async () => {
  const { custody, events } = custodyOver()
  await custody.claim(2, [])
  const stop = vi.fn()
  took(custody.channel).running = { worker: 1, startedMs: 0, run: { stop } }
  for (const id of [1, 2, 1, 99]) custody.cancel(id)
  expect(stop).toHaveBeenCalledExactlyOnceWith('cancelled')
  expect(took(custody.channel).isCancelled).toBe(true)
  expect(events.named('cancel.heard').map(({ claim }) => claim.id)).toEqual([1, 2])
})

it('gives back what waits and is of a paused queue, and keeps the rest in its order', async () => {
  const queues = ['mail', 'default', 'mail', 'default']
  const claims = queues.map((queue, index) => claimOf(index + 1, { queue }))
  const { custody, settled } = custodyOver({ claim: async () => ({ claims, positions: new Map() }) })
  await custody.claim(4, [])
  custody.giveBack('mail')
  await custody.completer.flushed()
  expect(idsOf(settled)).toEqual([1, 3])
  expect(custody.channel.empty().map(({ claim }) => claim.id)).toEqual([2, 4])
})

it('gives back all that waits when every queue is paused', async () => {
  const { custody, settled } = custodyOver()
  await custody.claim(3, [])
  custody.giveBack('')
  await custody.completer.flushed()
  expect(settled).toHaveLength(3)
})

it('takes room for what is to run, and not for what has run and waits to be written, up to a limit', async () => {
  let write = () => {}
  const writing = new Promise<void>((resolve) => {
    write = resolve
  })
  const { custody } = custodyOver({
    settle: async (batch) => {
      await writing
      return new Map(batch.map(({ claim }) => [claim.id, 'done']))
    },
  })
  await custody.claim(4, [])
  expect(custody.toRun(10)).toBe(4)
  for (const _ of [1, 2, 3]) {
    const holding = await custody.channel.take()
    if (holding) custody.finish(holding, { type: 'done', result: null }, 1)
  }
  expect(custody.toRun(10)).toBe(1)
  expect(custody.toRun(2)).toBe(2)
  expect(custody.holdings.size).toBe(4)
  write()
  await custody.completer.flushed()
  expect(custody.toRun(10)).toBe(1)
  expect(custody.holdings.size).toBe(1)
})
