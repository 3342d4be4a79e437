// Signals around an engine that has ended: none of them may kill what is left to do.
import { Writable } from 'node:stream'
import { afterEach, expect, it } from 'vitest'
import { createShutdown } from '../../../src/cli/serve/shutdown.ts'
import type { Engine } from '../../../src/engine/options.ts'
import { noTotals } from '../../../src/task/totals.ts'
import { createLog } from '../../../src/telemetry/log.ts'

const before = new Set(process.listeners('SIGTERM'))

function added(): NodeJS.SignalsListener[] {
  return process.listeners('SIGTERM').filter((listener) => !before.has(listener))
}

afterEach(() => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    for (const listener of added()) process.off(signal, listener)
})

/** An engine that ends by itself at once, and writes down what it is told. */
function endedEngine(heard: string[]): Engine {
  const report = { aborted: 0, timedOut: false, unsettled: 0, totals: noTotals() }
  return {
    start: async () => {},
    drain: () => void heard.push('drain'),
    abort: () => void heard.push('abort'),
    finished: Promise.resolve(report),
    status: () => ({
      state: 'stopped',
      workers: 1,
      waiting: 0,
      running: [],
      drainLeftMs: null,
      beatAgeMs: 0,
      totals: noTotals(),
    }),
  }
}

it('still hears a signal after the engine has ended, so that it cannot kill, and does nothing', async () => {
  const heard: string[] = []
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = { stdin: process.stdin, stdout: stream, stderr: stream, env: {}, cwd: '/' }
  const log = await createLog({ stream, level: 'info', isReadable: false, hasColour: false })
  const shutdown = createShutdown(terminal, log)
  await shutdown.serve(endedEngine(heard))
  expect(added()).toHaveLength(1)
  added()[0]?.('SIGTERM')
  expect(heard).toEqual([])
  expect(added()).toHaveLength(1)
})
