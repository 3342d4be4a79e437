// Stopping: the first signal lets what runs finish, a second one or the time limit gives it back. Nothing costs an attempt.
import { expect, it } from 'vitest'
import { BINARY, HANDLERS } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { CTRL_C, requireTerminal, startInTerminal } from '../support/pty.ts'
import { type Serving, serving } from './serving.ts'
import { become, counts, expectSound, notes, put, rows } from './table.ts'

const { url, pool } = await testDatabase()

/** Five running tasks that end when the gate opens, and five that were claimed and wait. */
async function fiveAndFive(drainTimeout = '30s'): Promise<{ process: Serving; open: () => void }> {
  await pool.query('delete from taskproc.tasks')
  const { file, create } = notes()
  await put(pool, { kind: 'gate', payload: { file } }, 10)
  const process = await serving(url, { settings: { workers: 5, fetchLimit: 10, drainTimeout } })
  await process.saw('run.started', { count: 5 })
  await become(pool, { in_progress: 10 })
  return { process, open: create }
}

async function expectUntouched(): Promise<void> {
  const pending = (await rows(pool)).filter(({ status }) => status === 'pending')
  for (const task of pending) expect(task).toMatchObject({ attempts: 0, crashes: 0, claimed_by: null })
  await expectSound(pool)
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'finishes what runs at a %s, gives back what waits, and exits with 0',
  async (signal) => {
    const { process, open } = await fiveAndFive()
    process.signal(signal)
    await become(pool, { in_progress: 5, pending: 5 })
    await expectUntouched()
    open()
    expect(await process.exit).toMatchObject({ exitCode: 0 })
    expect(await counts(pool)).toEqual({ done: 5, pending: 5 })
    expect(process.logged('run.started')).toHaveLength(5)
    await expectUntouched()
  },
)

it('takes the same keypress for one, though it comes twice: from the terminal and from npm', async () => {
  const { process, open } = await fiveAndFive()
  process.signal('SIGINT')
  process.signal('SIGINT')
  await become(pool, { in_progress: 5, pending: 5 })
  open()
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  expect(await counts(pool)).toEqual({ done: 5, pending: 5 })
})

it('aborts at a second SIGINT: everything is pending again, with its attempt', async () => {
  const { process } = await fiveAndFive()
  process.signal('SIGINT')
  await process.saw('drain.progress')
  process.signal('SIGINT')
  await become(pool, { pending: 10 }, { deadlineMs: 5_000 })
  expect(await process.exit).toMatchObject({ exitCode: 3 })
  await expectUntouched()
})

it('gives back what is not finished when the drain times out, and exits with 3', async () => {
  const { process } = await fiveAndFive('500ms')
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 3 })
  expect(await counts(pool)).toEqual({ pending: 10 })
  await expectUntouched()
})

it('does not wait for a handler that hangs and hears nothing', async () => {
  await pool.query('delete from taskproc.tasks')
  await put(pool, { kind: 'hang' }, 3)
  const process = await serving(url, { settings: { drainTimeout: '1s' } })
  await process.saw('run.started', { count: 3 })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 3 })
  expect(await counts(pool)).toEqual({ pending: 3 })
  await expectUntouched()
})

it('lets another process take over what a drain gave back, without a crash or an attempt on its account', async () => {
  const { process, open } = await fiveAndFive('0')
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 3 })
  open()
  const next = await serving(url, { settings: { untilEmpty: true } })
  expect(await next.exit).toMatchObject({ exitCode: 0 })
  for (const task of await rows(pool)) expect(task).toMatchObject({ status: 'done', attempts: 1, crashes: 0 })
  await expectSound(pool)
})

it('tells who watches how far it is, and how to abort it, in a terminal', async (context) => {
  requireTerminal(context)
  await pool.query('delete from taskproc.tasks')
  await put(pool, { kind: 'gate', payload: { file: '/nonexistent/gate' } }, 2)
  const command = [BINARY, 'serve', '--handlers', HANDLERS]
  const process = startInTerminal(command, { env: { DATABASE_URL: url } })
  await process.waitForOutput(/#\d+ started[\s\S]*#\d+ started/)
  process.write(CTRL_C)
  await process.waitForOutput(/draining 2 tasks, oldest \d+ s, \d+ s left; Ctrl\+C again to abort/)
  process.write(CTRL_C)
  expect(await process.exit).toMatchObject({ exitCode: 3 })
  expect(await counts(pool)).toEqual({ pending: 2 })
  await expectUntouched()
})
