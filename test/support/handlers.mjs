// Handlers for the tests, as a user would write them: `taskproc serve --handlers test/support/handlers.mjs`.
import { existsSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

export default {
  noop() {},

  /** Returns its payload. */
  echo: (payload) => payload,

  /** Sleeps `payload.ms`, or until it is told to stop. */
  async sleep({ ms }, { signal }) {
    await sleep(ms, undefined, { signal })
    return { slept_ms: ms }
  },

  /** Fails each time, with `payload.message` where there is one. */
  fail(payload) {
    throw new Error(payload?.message ?? 'failed on purpose')
  },

  /** Sleeps `payload.ms` (or as good as for ever) and does not listen when it is told to stop. */
  async hang(payload) {
    await sleep(payload?.ms ?? 24 * 3600 * 1000)
  },

  /** Blocks the event loop for `payload.ms`. */
  block({ ms }) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  },

  /** Appends its task id to the file `payload.file`, one line for each run: a line that is there twice ran twice. */
  async count({ file }, { task }) {
    await appendFile(file, `${task.id}\n`)
  },

  /** Kills the process that runs it. */
  crash() {
    process.kill(process.pid, 'SIGKILL')
  },

  /** Runs until the file `payload.file` exists, or until it is told to stop; says that it is at `payload.at` (0 to 1). */
  async gate({ file, at }, { signal, progress }) {
    if (at !== undefined) progress(at)
    while (!existsSync(file)) await sleep(20, undefined, { signal })
    return 'through'
  },

  /** Appends `start ID` to `payload.file`, runs until it is told to stop, and appends `stop ID` then. */
  async obedient({ file }, { task, signal }) {
    signal.addEventListener('abort', () => appendFile(file, `stop ${task.id}\n`), { once: true })
    await appendFile(file, `start ${task.id}\n`)
    await sleep(24 * 3600 * 1000, undefined, { signal })
  },

  /** Appends its id to `payload.file`, then works for `payload.ms` without listening. */
  async work({ file, ms }, { task }) {
    await appendFile(file, `${task.id}\n`)
    await sleep(ms)
    return 'worked'
  },

  /** Fails until its attempt number `payload.succeedsAt`, each time after `payload.ms`. */
  async flaky({ succeedsAt, ms = 0 }, { task }) {
    await sleep(ms)
    if (task.attempt < succeedsAt) throw new Error(`attempt ${task.attempt} failed on purpose`)
    return `attempt ${task.attempt}`
  },

  /** Fails for good, whatever attempts are left. */
  refuse() {
    throw Object.assign(new Error('this can never work'), { permanent: true })
  },
}
