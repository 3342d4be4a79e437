// What only shows in a real terminal: spinners, Ctrl+C under npm, a terminal without a size, and one that is closed.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import type { Child } from '../support/child.ts'
import { BINARY, HANDLERS } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { CTRL_C, requireTerminal, startInTerminal } from '../support/pty.ts'

const { url, pool } = await testDatabase()
const SERVE = [BINARY, 'serve', '--handlers', HANDLERS]
const ESCAPE = '\u001b'

beforeEach((context) => {
  requireTerminal(context)
  return pool.query('delete from taskproc.tasks')
})

/** Serves two tasks that run until their file is there. */
async function serveTwo(command: readonly string[], options: Parameters<typeof startInTerminal>[1] = {}) {
  const file = join(tempDir(), 'gate')
  await pool.query(
    `insert into taskproc.tasks (kind, payload) select 'gate', jsonb_build_object('file', $1::text) from generate_series(1, 2)`,
    [file],
  )
  const process = startInTerminal(command, { ...options, env: { DATABASE_URL: url, ...options.env } })
  await process.waitForOutput(/started[\s\S]*started/)
  return { process, open: () => writeFile(file, '') }
}

async function statuses(): Promise<string[]> {
  const { rows } = await pool.query<{ status: string }>('select status from taskproc.tasks')
  return rows.map(({ status }) => status)
}

it('takes one Ctrl+C for one, though npm hands it on a second time', async () => {
  const cwd = tempDir()
  // With exec npm's child is the program itself and not a shell, so that npm's own signal reaches it.
  const script = `exec ${SERVE.map((word) => `'${word}'`).join(' ')}`
  await writeFile(join(cwd, 'package.json'), JSON.stringify({ scripts: { work: script } }))
  const { process, open } = await serveTwo(['npm', 'run', 'work'], { cwd })
  process.write(CTRL_C)
  // The invitation comes when the time for the echo of npm is over: it was heard, and taken for the same keypress.
  await process.waitForOutput(/draining 2 tasks, .* left; Ctrl\+C again to abort/)
  await open()
  await process.exit
  expect(process.output()).toMatch(/2 done, 0 error, 0 released/)
  expect(await statuses()).toEqual(['done', 'done'])
})

it('draws its progress in one line, which log lines do not break', async () => {
  const { process, open } = await serveTwo(SERVE)
  process.write(CTRL_C)
  await process.waitForOutput(/draining 2 tasks/)
  await open()
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  for (const line of await screenOf(process)) {
    if (line.includes('done in')) expect(line).toMatch(/^\d\d:\d\d:\d\d #\d+ done in [\d.]+ m?s( -> .*)?$/)
    expect(line).not.toContain('draining')
  }
})

it.each([
  ['with NO_COLOR', { NO_COLOR: '1' }],
  ['on a dumb terminal', { TERM: 'dumb' }],
])('writes plain lines %s', async (_, env) => {
  const { process, open } = await serveTwo(SERVE, { env })
  process.write(CTRL_C)
  await process.waitForOutput(/draining 2 tasks, oldest/)
  await open()
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  expect(process.output()).not.toContain(ESCAPE)
})

it('works on a terminal that does not know its size', async () => {
  const { process, open } = await serveTwo(SERVE, { columns: 0, rows: 0 })
  process.write(CTRL_C)
  await process.waitForOutput(/draining 2 tasks, oldest/)
  await open()
  expect(await process.exit).toMatchObject({ exitCode: 0 })
})

it('drains when its terminal is closed', async () => {
  const { process, open } = await serveTwo(SERVE)
  process.signal('SIGKILL')
  await eventually('it drains', async () => {
    const { rows } = await pool.query(`select from taskproc.processes where state = 'draining'`)
    return rows.length === 1
  })
  await open()
  await eventually('it has said goodbye', async () => {
    const { rows } = await pool.query(`select from taskproc.processes where state in ('running', 'draining')`)
    return rows.length === 0
  })
  expect(await statuses()).toEqual(['done', 'done'])
})

/** The lines that are left on the screen when what was drawn over is gone. */
async function screenOf(process: Child): Promise<string[]> {
  const erased = new RegExp(`[^\\n]*${ESCAPE}\\[1G${ESCAPE}\\[0K`, 'g')
  const codes = new RegExp(`${ESCAPE}\\[[?\\d;]*[A-Za-z]|\\r`, 'g')
  return process.output().replace(erased, '').replace(codes, '').split('\n')
}
