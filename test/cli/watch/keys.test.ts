// What terminals send, as keys, in whatever pieces it comes.
import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { decodeKeys, readKeys } from '../../../src/cli/watch/keys.ts'
import { eventually } from '../../support/eventually.ts'

const ESC = '\u001b'

it.each([
  ['q', ['q']],
  ['py', ['p', 'y']],
  [`${ESC}[A${ESC}OB`, ['up', 'down']],
  [`${ESC}[5~${ESC}[6~`, ['page up', 'page down']],
  ['\r', ['enter']],
  ['\u0003', ['ctrl+c']],
  ['\u007f', ['backspace']],
  // Not ours: a function key, a mouse, an answer of the terminal.
  [`${ESC}[15~${ESC}[<0;10;20M${ESC}[?62;c`, []],
  ['\u0001', []],
  ['é日', ['é', '日']],
  [`${ESC}j`, ['escape', 'j']],
  [`${ESC}${ESC}[A`, ['escape', 'up']],
])('%j is %j', (text, keys) => {
  expect(decodeKeys(text)).toEqual({ keys, rest: '' })
})

it.each([ESC, `${ESC}[`, `${ESC}[1`, `${ESC}O`])('waits for the rest of %j', (text) => {
  expect(decodeKeys(`a${text}`)).toEqual({ keys: ['a'], rest: text })
})

it('puts together what comes in pieces, and takes an escape that nothing follows for the key', async () => {
  const input = new EventEmitter() as unknown as NodeJS.ReadableStream
  const keys: string[] = []
  const stop = readKeys(
    input,
    (key) => keys.push(key),
    () => keys.push('gone'),
  )
  for (const piece of [`${ESC}[`, 'B', 'x', ESC]) input.emit('data', Buffer.from(piece))
  await eventually('the escape counts', () => keys.includes('escape'))
  input.emit('end')
  stop()
  input.emit('data', 'y')
  expect(keys).toEqual(['down', 'x', 'escape', 'gone'])
})
