// What an engine inside of a program tells it: nothing by default, events, or the sentences of serve.
import { expect, it, vi } from 'vitest'
import { type Logger, listenerOf } from '../../src/library/listener.ts'

it('is silent by default', () => {
  const written = vi.spyOn(process.stderr, 'write')
  listenerOf({})('part.failed', { part: 'fetcher', error: 'gone', retryMs: 100 })
  expect(written).not.toHaveBeenCalled()
  written.mockRestore()
})

it('gives a logger the sentences and fields of serve, also one that knows no levels', () => {
  const lines: unknown[] = []
  const to = (level: string) => (fields: object, text: string) => void lines.push([level, fields, text])
  const logger: Logger = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') }
  const events: unknown[] = []
  const emit = listenerOf({ logger, onEvent: (name, event) => void events.push([name, event]) })
  emit('part.failed', { part: 'fetcher', error: 'gone', retryMs: 100 })
  expect(lines).toEqual([
    [
      'warn',
      expect.objectContaining({ event: 'part.failed', part: 'fetcher' }),
      expect.stringContaining('gone'),
    ],
  ])
  expect(events).toEqual([['part.failed', { part: 'fetcher', error: 'gone', retryMs: 100 }]])
})

it('makes a warning of the process of a fault in a listener', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const fault = new Error('a listener with a fault')
  const emit = listenerOf({
    onEvent() {
      throw fault
    },
  })
  expect(() => emit('listen.connected', {})).not.toThrow()
  expect(warned).toHaveBeenCalledWith(fault)
  warned.mockRestore()
})
