// Traces where an SDK has registered itself and its API is not beside this code, as in a bundle.
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, it } from 'vitest'
import { buildIfStale } from '../support/build.ts'
import { tempDir } from '../support/end.ts'

const BUILT = join(import.meta.dirname, '../../dist/telemetry/trace.js')
const PROGRAM = `
globalThis[Symbol.for('opentelemetry.js.api.1')] = {}
const { createRunSpans, currentTraceparent } = await import('./trace.mjs')
const { within, traceparent } = createRunSpans('me')
const claim = { trace: 'of who enqueued it' }
console.log(JSON.stringify([currentTraceparent() ?? null, await within(claim, async () => 'ran'), traceparent(claim)]))`

beforeAll(buildIfStale, 120_000)

it('are none, and tasks run', async () => {
  const folder = tempDir()
  await copyFile(BUILT, join(folder, 'trace.mjs'))
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: folder,
  })
  expect(JSON.parse(stdout)).toEqual([null, 'ran', 'of who enqueued it'])
})
