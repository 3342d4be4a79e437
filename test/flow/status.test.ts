// What every worker is doing: asked by SIGUSR2, also while it drains, and by Enter on its terminal, which stays as it was.
import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { BINARY, HANDLERS } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { CTRL_C, requireTerminal, startInTerminal } from '../support/pty.ts'
import { serve, serving } from './serving.ts'
import { become, notes, put } from './table.ts'

const { url, pool } = await testDatabase()
const SERVE = [BINARY, 'serve', '--handlers', HANDLERS]
const CTRL_Z = '\u001a'

beforeEach(() => pool.query('delete from taskproc.tasks'))

/** Two tasks that run until the gate opens; the first says that it is at 40 %. */
async function two(): Promise<{ open: () => void }> {
  const { file, create } = notes()
  await put(pool, { kind: 'gate', payload: { file, at: 0.4 } })
  await put(pool, { kind: 'gate', payload: { file } })
  return { open: create }
}

it('answers SIGUSR2 with one event, running or draining, whatever the level of the log', async () => {
  const { open } = await two()
  const process = await serving(url, { settings: { workers: 3, name: 'asked' } })
  await process.saw('run.started', { count: 2 })
  process.signal('SIGUSR2')
  const [report] = await process.saw('status')
  expect(report).toMatchObject({
    msg: expect.stringMatching(/^status: running; 2 of 3 workers busy, 0 waiting; so far 0 done/),
    ...{ state: 'running', workers: 3, waiting: 0, drain_left_ms: null, totals: { claimed: 2, done: 0 } },
    running: expect.arrayContaining([
      expect.objectContaining({ kind: 'gate', queue: 'default', attempt: 1, max_attempts: 3, progress: 0.4 }),
      expect.objectContaining({ worker: expect.any(Number), for_ms: expect.any(Number), progress: null }),
    ]),
  })
  process.signal('SIGTERM')
  await process.saw('drain.started')
  process.signal('SIGUSR2')
  const [, draining] = await process.saw('status', { count: 2 })
  expect(draining).toMatchObject({ state: 'draining', drain_left_ms: expect.any(Number) })
  open()
  expect(await process.exit).toMatchObject({ exitCode: 0 })
})

it('answers also where the log is quiet', async () => {
  await two()
  const process = serve(url, { env: { LOG_LEVEL: 'error' } })
  await become(pool, { in_progress: 2 })
  process.signal('SIGUSR2')
  const [report] = await process.saw('status')
  expect(report).toMatchObject({ level: 'error', msg: expect.stringMatching(/^status: running; 2 of 5/) })
})

describe('on its terminal', () => {
  beforeEach((context) => requireTerminal(context))

  it('tells at its end how many tasks still wait, and how to go on; not where none does', async () => {
    const { open } = await two()
    const env = { DATABASE_URL: url }
    const stopped = startInTerminal([...SERVE, '--workers', '1', '--fetch-limit', '1'], { env })
    await become(pool, { in_progress: 1, pending: 1 })
    stopped.write(CTRL_C)
    await stopped.waitForOutput(/draining/)
    open()
    expect(await stopped.exit).toMatchObject({ exitCode: 0 })
    expect(stopped.output()).toContain(
      '1 task still waits; to go on: taskproc serve, with the same flags\r\n',
    )
    const emptied = startInTerminal(SERVE, { env })
    await become(pool, { done: 2 })
    emptied.write(CTRL_C)
    expect(await emptied.exit).toMatchObject({ exitCode: 0 })
    expect(emptied.output()).not.toContain('still wait')
  })

  it('answers Enter, and Ctrl+C still drains it', async () => {
    const { open } = await two()
    const process = startInTerminal(SERVE, { env: { DATABASE_URL: url }, columns: 80 })
    await process.waitForOutput(/started[\s\S]*started/)
    process.write('\r')
    await process.waitForOutput(
      /status: running; 2 of 5 workers busy, 0 waiting\r\nso far .* 0 released\r\nworker \d {2}gate {2}#\d+ .*attempt 1 of 3 {2}40 %/,
    )
    await process.waitForOutput(/3 workers idle/)
    process.write(CTRL_C)
    await process.waitForOutput(/draining 2 tasks/)
    process.write('\r')
    await process.waitForOutput(/status: draining, \d+ s left; 2 of 5/)
    open()
    expect(await process.exit).toMatchObject({ exitCode: 0 })
  })

  it('is stopped by Ctrl+Z, and goes on in the background while somebody types', async () => {
    await two()
    const shell = startInTerminal(['bash', '--norc', '-i'], { env: { DATABASE_URL: url, PS1: 'READY> ' } })
    await shell.waitForOutput(/READY>/)
    shell.write(`${SERVE.join(' ')} --name typed --lease 2s\r`)
    await shell.waitForOutput(/started[\s\S]*started/)
    const pid = await pidOf('typed')
    shell.write(CTRL_Z)
    await eventually('it is stopped', () => stateOf(pid) === 'T')
    shell.write('bg\r')
    await eventually('it goes on', () => stateOf(pid) !== 'T')
    for (const line of ['echo one-$((1+1))', 'echo two-$((2+2))']) shell.write(`${line}\r`)
    await shell.waitForOutput(/one-2[\s\S]*two-4/)
    // Two beats are several looks at the terminal apart, with input there that is the shell's.
    for (const which of ['first', 'second']) {
      const { heartbeat_at } = await beat(pid)
      await eventually(`its ${which} beat`, async () => (await beat(pid)).heartbeat_at !== heartbeat_at)
    }
    expect(stateOf(pid)).not.toBe('T')
    expect(shell.output()).not.toMatch(/status: /)
    shell.write('fg\r')
    await shell.waitForOutput(/fg\r\n[\s\S]*taskproc/)
    shell.write('\r')
    await shell.waitForOutput(/status: running; 2 of 5/)
    shell.write(CTRL_C)
    await shell.waitForOutput(/draining 2 tasks/)
    shell.write(CTRL_C)
    await shell.waitForOutput(/aborting/)
    shell.write('exit\r')
    await shell.exit
  })
})

async function beat(pid: number): Promise<{ heartbeat_at: string }> {
  const { rows } = await pool.query<{ heartbeat_at: string }>(
    'select heartbeat_at::text from taskproc.processes where pid = $1',
    [pid],
  )
  return rows[0] ?? { heartbeat_at: '' }
}

async function pidOf(name: string): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('select pid from taskproc.processes where name = $1', [
    name,
  ])
  return rows[0]?.pid ?? 0
}

/** `T` is a process that was stopped. */
function stateOf(pid: number): string {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? ''
}
