// The first signal, its echoes, the second and the third; with a clock of the test's own.
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listenForSignals, SAME_KEYPRESS_MS } from '../../src/cli/signals.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function listening({ canAbort = true } = {}) {
  const heard: string[] = []
  const source = new EventEmitter()
  const abort = canAbort ? { abort: () => heard.push('abort') } : {}
  const stop = (signal: string) => heard.push(`stop ${signal}`)
  const close = listenForSignals({ stop, armed: () => heard.push('armed'), ...abort }, source)
  /** Somebody else who listens, and would kill the process when nobody minds the signal: ora does so. */
  source.on('SIGINT', () => source.listenerCount('SIGINT') === 1 && heard.push('killed'))
  const send = (signal: string) => {
    if (!source.emit(signal, signal)) heard.push('killed')
  }
  return { heard, send, close }
}

it('takes what comes with the first signal for the same keypress', () => {
  const { heard, send } = listening()
  send('SIGINT')
  vi.advanceTimersByTime(SAME_KEYPRESS_MS - 1)
  send('SIGINT')
  send('SIGTERM')
  expect(heard).toEqual(['stop SIGINT'])
})

it('says when another one counts, and hears it', () => {
  const { heard, send } = listening()
  send('SIGTERM')
  vi.advanceTimersByTime(SAME_KEYPRESS_MS + 1)
  expect(heard).toEqual(['stop SIGTERM', 'armed'])
  send('SIGINT')
  expect(heard).toEqual(['stop SIGTERM', 'armed', 'abort'])
})

it('hears an echo that waited behind a blocked event loop before it counts', () => {
  const { heard, send } = listening()
  send('SIGINT')
  vi.advanceTimersToNextTimer()
  // The timer has run, and what came while the loop was blocked is delivered before the next immediate.
  send('SIGINT')
  expect(heard).toEqual(['stop SIGINT'])
  vi.runAllTimers()
  expect(heard).toEqual(['stop SIGINT', 'armed'])
})

it('drains at SIGHUP and never aborts at one: a closing terminal sends several', () => {
  const { heard, send } = listening()
  send('SIGHUP')
  vi.runAllTimers()
  send('SIGHUP')
  expect(heard).toEqual(['stop SIGHUP', 'armed'])
})

describe('a third signal', () => {
  it('kills, when the abort has been begun', () => {
    const { heard, send } = listening()
    send('SIGINT')
    vi.runAllTimers()
    send('SIGINT')
    expect(heard).toEqual(['stop SIGINT', 'armed', 'abort'])
    vi.runAllTimers()
    send('SIGINT')
    expect(heard.at(-1)).toBe('killed')
  })
})

it('lets the second one kill where there is nothing to abort', () => {
  const { heard, send } = listening({ canAbort: false })
  send('SIGINT')
  vi.runAllTimers()
  send('SIGTERM')
  expect(heard).toEqual(['stop SIGINT', 'killed'])
})

it('hears nothing after it was closed', () => {
  const { heard, send, close } = listening()
  close()
  send('SIGTERM')
  expect(heard).toEqual(['killed'])
})
