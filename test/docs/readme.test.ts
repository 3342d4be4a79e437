// The README is true: its lines do as it says, one after the other, with the real program.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { apiProcess } from '../flow/api-process.ts'
import { BINARY, cleanEnv, spawnTaskproc, taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'

const ROOT = join(import.meta.dirname, '../..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')
const LINES = README.split('\n')

function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0
}

it.skipIf(!isThere('curl'))('each curl line is answered with what it is about', async () => {
  const { url, pool } = await testDatabase()
  const { port } = await apiProcess(url)
  const run = (line: string) => {
    const command = line
      .replaceAll('localhost:8080', `127.0.0.1:${port}`)
      .replace('curl', 'curl --fail-with-body --max-time 30')
    const { status, stdout } = spawnSync('sh', ['-c', command])
    expect({ line, status, stdout: String(stdout) }).toMatchObject({ status: 0 })
    return JSON.parse(String(stdout)) as Record<string, unknown>
  }
  const answers = LINES.filter((line) => line.startsWith('curl ')).map(run)
  const task = { id: 1, kind: 'reverse', payload: 'hello' }
  expect(answers).toMatchObject([
    { ...task, status: 'pending' },
    task,
    { items: [task], next: null },
    { ...task, status: 'cancelled' },
    { ...task, status: 'pending' },
    { tasks: { pending: 1 } },
    { process_id: 1, tasks: [{ ...task, status: 'in_progress', claim_number: 1 }] },
    { id: 1, status: 'done' },
    { process_id: 1, state: 'stopped' },
  ])
  const { rows } = await pool.query('select status, result from taskproc.tasks')
  expect(rows).toEqual([{ status: 'done', result: 'olleh' }])
})

/** The first block of the README in this language that contains this text. */
function block(language: string, contains: string): string {
  const blocks = [...README.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
  const found = blocks.find(([, of, text]) => of === language && text?.includes(contains))
  if (found?.[2] === undefined) throw new Error(`README.md has no ${language} block with ${contains}`)
  return found[2]
}

/** A project that has installed taskproc, with an embedded PostgreSQL of its own. */
function project(): { cwd: string; env: Record<string, string> } {
  const cwd = tempDir()
  mkdirSync(join(cwd, 'node_modules'))
  symlinkSync(ROOT, join(cwd, 'node_modules/taskproc'))
  const env = { TASKPROC_HOME: join(cwd, '.taskproc') }
  atTestEnd(() => taskproc(['db', 'stop'], { cwd, env }))
  return { cwd, env }
}

it.skipIf(!isThere('psql'))(
  'its handlers are served as they stand, and its lines enqueue tasks for them',
  async () => {
    const { cwd, env } = project()
    writeFileSync(join(cwd, 'handlers.mjs'), block('js', 'defineHandlers'))
    const [serve = '', ...others] = block('sh', '--handlers handlers.mjs')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(await taskproc(['migrate'], { cwd, env })).toMatchObject({ exitCode: 0 })
    const [, flags = ''] = /^npx taskproc serve (.*?) +#/.exec(serve) ?? []
    const words = [...flags.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    const worker = spawnTaskproc(['serve', ...words], { cwd, env })
    await worker.waitForOutput(/"process\.started"/)

    const shell = { cwd, env: cleanEnv(env), encoding: 'utf8', timeout: 60_000 } as const
    for (const line of others) {
      const { status, stderr } = spawnSync('sh', ['-c', line.replaceAll('npx taskproc', BINARY)], shell)
      expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
    }
    for (const [kind, payload] of [
      ['reports', '{}'],
      ['bytes', '"four"'],
    ] as const)
      expect(await taskproc(['enqueue', kind, payload, '--wait'], { cwd, env })).toMatchObject({
        exitCode: 0,
      })
    const items = await eventually('all are done', async () => {
      const { items } = JSON.parse((await taskproc(['list', '--json'], { cwd, env })).stdout)
      return items.every(({ status }: { status: string }) => status === 'done') ? items : undefined
    })
    worker.signal('SIGTERM')
    expect(await worker.exit).toMatchObject({ exitCode: 0 })
    expect(items).toMatchObject([
      { kind: 'emails', status: 'done', result: { sent: true }, unique_key: 'welcome-ann' },
      { kind: 'emails', status: 'done', payload: { to: 'bob@example.com' } },
      { kind: 'reports', status: 'done', result: { pages: 3 }, max_attempts: 3 },
      { kind: 'bytes', status: 'done', result: 7 },
    ])
  },
)
