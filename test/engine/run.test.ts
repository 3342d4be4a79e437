// One run: whatever a handler does is an outcome, and an abort ends it in any case.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Run } from '../../src/engine/run.ts'
import { outcomeOfValue } from '../../src/task/outcome.ts'
import { deferred } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A run of a handler that returns what it likes. */
function runOf(handler: (signal: () => AbortSignal) => unknown, timeoutMs: number | null = null): Run {
  return new Run(async (run) => outcomeOfValue(await handler(() => run.signal)), timeoutMs)
}

const circular: Record<string, unknown> = {}
circular['self'] = circular

const rejectsWith = (reason: unknown) => () => Promise.reject(reason)
const throws = (reason: unknown) => () => {
  throw reason
}
const thenable = (then: unknown) => () => ({ then })

describe('Run', () => {
  it.each([
    ['a value', () => ({ sent: 3 }), '{"sent":3}'],
    ['a promise', async () => 'text', '"text"'],
    ['nothing', () => {}, null],
    ['null', () => null, 'null'],
    ['a thenable', thenable((resolve: (value: number) => void) => resolve(7)), '7'],
  ])('is done with what the handler returns: %s', async (_, handler, result) => {
    expect(await runOf(handler).outcome).toEqual({ type: 'done', result })
  })

  it.each([
    ['an Error', throws(new Error('no such address')), 'no such address'],
    ['an Error without a message', throws(new TypeError()), 'TypeError'],
    ['undefined', throws(undefined), 'undefined'],
    ['null', rejectsWith(null), 'null'],
    ['a text', rejectsWith('no such address'), 'no such address'],
    ['an empty text', throws(''), /./],
    ['a number', throws(0), '0'],
    ['a symbol', throws(Symbol('odd')), 'odd'],
    ['a function', throws(() => {}), /./],
    ['a circular object', rejectsWith(circular), /./],
    ['an object without a prototype', throws(Object.create(null)), /./],
    ['an object that is no Error', throws({ code: 7 }), '"code":7'],
    ['an Error whose message is no text', throws(Object.assign(new Error(), { message: 42 })), /./],
    ['an error with the character U+0000', throws(new Error('a\u0000b')), 'a\uFFFDb'],
  ])('has failed, to be tried again, with what the handler throws: %s', async (_, handler, text) => {
    const outcome = await runOf(handler).outcome
    expect(outcome).toMatchObject({ type: 'failed', permanent: false })
    expect(outcome.type === 'failed' ? outcome.error : '').toMatch(text)
  })

  it.each([
    [
      'rejects',
      thenable((_: unknown, reject: (reason: unknown) => void) => reject(new Error('refused'))),
      'refused',
    ],
    ['throws', thenable(throws(new Error('refused'))), 'refused'],
  ])('has failed with a thenable that %s', async (_, handler, error) => {
    expect(await runOf(handler).outcome).toMatchObject({ type: 'failed', error })
  })

  it.each([
    ['a circular object', circular],
    ['a bigint', 1n],
    ['a function', () => {}],
    ['a text that jsonb refuses', 'a\u0000b'],
    ['an object whose toJSON throws', { toJSON: throws(new Error('no')) }],
    ['more than a result may hold', 'x'.repeat(1024 * 1024)],
  ])('has failed for good with a result that cannot be stored: %s', async (_, value) => {
    expect(await runOf(() => value).outcome).toMatchObject({ type: 'failed', permanent: true })
  })

  it('has failed for good when what the handler throws says so', async () => {
    const run = runOf(throws(Object.assign(new Error('no such address'), { permanent: true })))
    expect(await run.outcome).toEqual({ type: 'failed', error: 'no such address', permanent: true })
  })

  it('begins at once, in the turn in which it was started', () => {
    const handler = vi.fn()
    runOf(handler)
    expect(handler).toHaveBeenCalledOnce()
  })

  it('aborts the signal, also of a handler that asks for it only later', async () => {
    const late = deferred()
    const seen: AbortSignal[] = []
    const early = runOf(async (signal) => {
      seen.push(signal())
      await late.promise
      seen.push(signal())
    })
    const lateOnly = runOf(async (signal) => {
      await late.promise
      return signal().aborted
    })
    expect(seen[0]?.aborted).toBe(false)
    early.stop('shutdown')
    lateOnly.stop('shutdown')
    expect(seen[0]?.aborted).toBe(true)
    expect(seen[0]?.reason).toBeInstanceOf(Error)
    late.resolve()
    await early.outcome
    expect(seen[1]).toBe(seen[0])
    expect(await lateOnly.outcome).toEqual({ type: 'done', result: 'true' })
  })

  it('keeps a failure that came before it was stopped', async () => {
    const run = runOf(throws(new Error('refused')))
    expect(await run.outcome).toMatchObject({ type: 'failed', error: 'refused' })
    run.stop('shutdown')
    expect(await run.outcome).toMatchObject({ type: 'failed', error: 'refused' })
  })
})

const INTERRUPTED = { type: 'interrupted' }
const CANCELLED = { type: 'cancelled', reason: 'cancelled while it ran' }
const TIMED_OUT = { type: 'failed', error: 'timed out after 90 s', permanent: false }
const DONE = { type: 'done', result: '"just in time"' }
const LIMIT_MS = 90_000

describe('a run that is stopped', () => {
  /** A run that ends when the test says so; its handler never looks at its signal. */
  function deaf() {
    const handler = deferred<string>()
    return { handler, run: runOf(() => handler.promise, LIMIT_MS) }
  }

  it.each([
    ['shutdown', DONE],
    ['timeout', DONE],
    ['cancelled', CANCELLED],
    ['fenced', INTERRUPTED],
  ] as const)(
    'takes a result that comes within the grace, where one is still wanted: %s',
    async (reason, outcome) => {
      const { handler, run } = deaf()
      run.stop(reason)
      handler.resolve('just in time')
      expect(await run.outcome).toEqual(outcome)
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it.each([
    ['shutdown', INTERRUPTED],
    ['timeout', TIMED_OUT],
    ['cancelled', CANCELLED],
    ['fenced', INTERRUPTED],
  ] as const)(
    'ends with its reason when the handler ends because of it, whatever it throws: %s',
    async (reason, outcome) => {
      const run = runOf(
        (signal) =>
          new Promise((_, reject) => signal().addEventListener('abort', () => reject(new Error('stopped')))),
        LIMIT_MS,
      )
      run.stop(reason)
      expect(await run.outcome).toEqual(outcome)
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it.each([
    ['shutdown', 1_000, INTERRUPTED],
    ['timeout', 10_000, TIMED_OUT],
    ['cancelled', 10_000, CANCELLED],
    ['fenced', 10, INTERRUPTED],
  ] as const)(
    'leaves a handler behind that ignores its signal, and drops what comes later: %s',
    async (reason, longestMs, outcome) => {
      const { handler, run } = deaf()
      run.stop(reason)
      run.stop(reason)
      await vi.advanceTimersByTimeAsync(longestMs)
      expect(await run.outcome).toEqual(outcome)
      handler.reject(new Error('too late'))
      await vi.advanceTimersByTimeAsync(0)
      expect(await run.outcome).toEqual(outcome)
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  it('is stopped by its own limit, and not before', async () => {
    const { run } = deaf()
    const ended = vi.fn()
    void run.outcome.then(ended)
    await vi.advanceTimersByTimeAsync(LIMIT_MS - 1)
    expect(ended).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(10_001)
    expect(ended).toHaveBeenCalledWith(TIMED_OUT)
  })

  it('waits for no longer than a shutdown allows, whatever it was stopped for before', async () => {
    const { run } = deaf()
    run.stop('cancelled')
    run.stop('shutdown')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await run.outcome).toEqual(CANCELLED)
  })

  it('does not wait longer because it is to stop for something else too', async () => {
    const { run } = deaf()
    const ended = vi.fn()
    void run.outcome.then(ended)
    run.stop('shutdown')
    await vi.advanceTimersByTimeAsync(100)
    run.stop('cancelled')
    await vi.advanceTimersByTimeAsync(900)
    expect(ended).toHaveBeenCalledWith(INTERRUPTED)
  })

  it('does not take a limit that is too long for a timer for a short one', async () => {
    const ended = vi.fn()
    void runOf(() => new Promise(() => {}), 2 ** 40).outcome.then(ended)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(ended).not.toHaveBeenCalled()
  })

  it('leaves no timer behind when it ends in time', async () => {
    const { handler, run } = deaf()
    handler.resolve('just in time')
    expect(await run.outcome).toEqual(DONE)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each(['cancelled', 'fenced'] as const)(
    'is done when its handler has committed it already: %s',
    async (reason) => {
      const written = deferred()
      const run = new Run(async () => {
        await written.promise
        return { type: 'done', result: '1', isWritten: true }
      }, null)
      run.stop(reason)
      written.resolve()
      expect(await run.outcome).toEqual({ type: 'done', result: '1', isWritten: true })
    },
  )
})
