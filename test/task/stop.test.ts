// The reason of an aborted signal: an AbortError for fetch and timers, with the time that is left.
import { expect, it } from 'vitest'
import { graceMsOf, stopError } from '../../src/task/stop.ts'

it('is the AbortError that others expect, and tells how long the handler still has', () => {
  const error = stopError('timed out after 3 s', 5_000)
  expect(error).toBeInstanceOf(DOMException)
  expect(error).toMatchObject({ name: 'AbortError', message: 'timed out after 3 s' })
  expect(graceMsOf(error)).toBe(5_000)
})

it('leaves no time where the reason is not ours', () => {
  for (const reason of [undefined, null, new Error('no'), new DOMException('no'), { graceMs: 5 }])
    expect(graceMsOf(reason)).toBe(0)
})
