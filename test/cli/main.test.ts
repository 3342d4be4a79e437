// main: what becomes of a bug, of a stream that is closed, and of output that is still on its way.
import { PassThrough, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { type Invocation, main } from '../../src/main.ts'

function invocation(argv: string[], changes: Partial<Invocation> = {}): Invocation {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  return { argv, env: {}, ...streams, ...changes }
}

it('calls a bug a bug, with its stack, and exits with 1', async () => {
  const stderr = new PassThrough()
  const mistake = () => {
    throw new TypeError('a mistake of ours')
  }
  const env = new Proxy({}, { ownKeys: mistake })
  expect(await main(invocation(['stats'], { env, stderr }))).toBe(1)
  const said = await text(stderr.end())
  expect(said).toMatch(/^this is a bug in taskproc, please report it with these lines:\n/)
  expect(said).toMatch(/TypeError: a mistake of ours\n {4}at /)
})

it('ends when all that it wrote has been taken, however slow the reader is', async () => {
  const taken: string[] = []
  const stdout = new Writable({
    highWaterMark: 1,
    write: (chunk, _, done) => {
      setImmediate(() => {
        taken.push(String(chunk))
        done()
      })
    },
  })
  expect(await main(invocation(['--help'], { stdout }))).toBe(0)
  expect(taken.join('')).toMatch(/Usage: taskproc[\s\S]*given back/)
})

it('does not mind that nobody reads', async () => {
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  })
  const stderr = new PassThrough()
  expect(await main(invocation(['--help'], { stdout, stderr }))).toBe(0)
  expect(await text(stderr.end())).toBe('')
})
