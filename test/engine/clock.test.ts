import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { monotonicMs } from '../../src/engine/clock.ts'

const TELL = `
import { parentPort, workerData } from 'node:worker_threads'
const { monotonicMs } = await import(workerData)
parentPort.on('message', () => parentPort.postMessage(monotonicMs()))`

/** A thread reads its zero within microseconds, unless it is interrupted five times in a row while it does. */
const READING_ERROR_MS = 1

test('a thread that began later tells the same time', async () => {
  const clock = new URL('../../dist/engine/clock.js', import.meta.url).href
  const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(TELL)}`), {
    workerData: clock,
  })
  await once(thread, 'online')
  const before = monotonicMs()
  thread.postMessage('tell')
  const [told] = await once(thread, 'message')
  const after = monotonicMs()
  await thread.terminate()
  expect(told).toBeGreaterThan(before - READING_ERROR_MS)
  expect(told).toBeLessThan(after + READING_ERROR_MS)
})
