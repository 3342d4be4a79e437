// Waiting with a limit.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { within } from '../../src/engine/within.ts'
import { deferred } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('gives the value that comes in time, and leaves no timer behind', async () => {
  expect(await within(Promise.resolve('value'), 1_000)).toBe('value')
  expect(vi.getTimerCount()).toBe(0)
})

it('passes on a rejection that comes in time, and leaves no timer behind', async () => {
  await expect(within(Promise.reject(new Error('refused')), 1_000)).rejects.toThrow('refused')
  expect(vi.getTimerCount()).toBe(0)
})

it('gives undefined at the limit and not before', async () => {
  const ended = vi.fn()
  void within(new Promise(() => {}), 1_000).then(ended)
  await vi.advanceTimersByTimeAsync(999)
  expect(ended).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(ended).toHaveBeenCalledWith(undefined)
})

it('lets a rejection that comes after the limit pass without a word', async () => {
  const late = deferred<string>()
  const ended = within(late.promise, 1_000)
  await vi.advanceTimersByTimeAsync(1_000)
  late.reject(new Error('too late'))
  expect(await ended).toBeUndefined()
})

it('does not take a limit that is too long for a timer for a short one', async () => {
  const ended = vi.fn()
  void within(new Promise(() => {}), 2 ** 40).then(ended)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(ended).not.toHaveBeenCalled()
})
