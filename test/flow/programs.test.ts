// Programs in any language, through the real serve: their ends, their words, and that none of them outlives its task.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { BINARY, taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { CTRL_C, requireTerminal, startInTerminal } from '../support/pty.ts'
import { serving } from './serving.ts'
import { expectSound, history, put, row } from './table.ts'

const { url, pool } = await testDatabase()

/** A directory with this executable script in it. */
function withScript(name: string, text: string, cwd = tempDir()): string {
  writeFileSync(join(cwd, name), text)
  chmodSync(join(cwd, name), 0o755)
  return cwd
}

const PIDS =
  '#!/bin/sh\ntrap "" TERM\nsleep 600 &\necho $! > inner\necho $$ > leader\necho ready >&2\nwait\nwait\n'

/** The pids that PIDS writes. */
async function pidsIn(cwd: string): Promise<number[]> {
  return eventually('both pids', () => {
    const pids = ['leader', 'inner'].map((file) => Number(readFileSync(join(cwd, file), 'utf8')))
    return pids.every((pid) => pid > 0) && pids
  })
}

async function expectGone(pids: readonly number[]): Promise<void> {
  await eventually(`the processes ${pids} are gone`, () => pids.every((pid) => !isAlive(pid)))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

it('makes a result of what a program prints, and task logs of what it says', async () => {
  const script = `#!/usr/bin/env node
const { file } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
console.error('resizing', file)
console.error('for task', process.env.TASKPROC_TASK_ID)
console.log(JSON.stringify({ file: file.toUpperCase(), attempt: Number(process.env.TASKPROC_ATTEMPT) }))
`
  const cwd = withScript('resize', script)
  const [id] = await put(pool, { kind: 'thumbnails', payload: { file: 'größe.png' } })
  const process = await serving(url, {
    programs: ['thumbnails=./resize'],
    cwd,
    settings: { untilEmpty: true },
  })
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  expect(await row(pool, id)).toMatchObject({ status: 'done', result: { file: 'GRÖSSE.PNG', attempt: 1 } })
  expect((await history(pool, id)).map(({ message }) => message)).toEqual([
    'resizing größe.png',
    `for task ${id}`,
  ])
  await expectSound(pool)
})

it('reads the status of its end: 75 tries again, 65 never, and each error tells its last words', async () => {
  const programs = [
    'again=shell: echo "busy, attempt $TASKPROC_ATTEMPT" >&2; test "$TASKPROC_ATTEMPT" = 2 || exit 75; echo "at last"',
    'never=shell: echo "no such customer" >&2; exit 65',
    'other=shell: echo "out of paper" >&2; exit 1',
    'flood=shell: yes | head -c 1000000000',
    'fine=shell: exec 0<&-; echo fine',
  ]
  const ids: Record<string, Awaited<ReturnType<typeof put>>[number] | undefined> = {}
  for (const kind of ['again', 'never', 'other', 'flood', 'fine']) {
    const [id] = await put(pool, { kind, payload: 'x'.repeat(500_000), maxAttempts: 3, backoffMs: 1 })
    ids[kind] = id
  }
  const settings = { untilEmpty: true, workers: 1, fetchInterval: '50ms' }
  const process = await serving(url, { programs, settings })
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  const expected = {
    again: { status: 'done', attempts: 2, result: 'at last', error: null },
    never: { status: 'error', attempts: 1, error: 'it exited with 65 (permanent): no such customer' },
    other: { status: 'error', attempts: 3, error: 'it exited with 1: out of paper' },
    flood: { status: 'error', attempts: 1, error: expect.stringMatching(/more than 1048576 bytes.*killed/) },
    fine: { status: 'done', attempts: 1, result: 'fine' },
  }
  for (const [kind, row_] of Object.entries(expected))
    expect(await row(pool, ids[kind]), kind).toMatchObject(row_)
  await expectSound(pool)
})

it('stops a program at the timeout of its task: TERM, and what ignores it is killed', async () => {
  const cwd = withScript('stubborn.sh', PIDS)
  const settings = { untilEmpty: true }
  const [obeys] = await put(pool, { kind: 'obeys', timeoutMs: 300, maxAttempts: 1 })
  const [stubborn] = await put(pool, { kind: 'stubborn', timeoutMs: 300, maxAttempts: 1 })
  const programs = [
    'obeys=shell: trap "echo stopping >&2; exit 1" TERM; sleep 600 & wait',
    'stubborn=./stubborn.sh',
  ]
  const process = await serving(url, { programs, cwd, settings })
  const pids = await pidsIn(cwd)
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  for (const id of [obeys, stubborn])
    expect(await row(pool, id)).toMatchObject({ status: 'error', error: 'timed out after 0.3 s' })
  expect((await history(pool, obeys)).map(({ message }) => message)).toContain('stopping')
  await expectGone(pids)
})

it('kills what ignores TERM before a drain that is over gives its task back', async () => {
  const cwd = withScript('stubborn.sh', PIDS)
  const [id] = await put(pool, { kind: 'stubborn' })
  const process = await serving(url, {
    programs: ['stubborn=./stubborn.sh'],
    cwd,
    settings: { drainTimeout: '0' },
  })
  const pids = await pidsIn(cwd)
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 3 })
  expect(await row(pool, id)).toMatchObject({ status: 'pending', attempts: 0, crashes: 0 })
  await expectGone(pids)
  await pool.query('delete from taskproc.tasks')
})

it('leaves no program behind when it is killed itself, so that a second run is never beside the first', async () => {
  const cwd = withScript('stubborn.sh', PIDS)
  const [id] = await put(pool, { kind: 'stubborn' })
  const process = await serving(url, { programs: ['stubborn=./stubborn.sh'], cwd })
  const pids = await pidsIn(cwd)
  const isReady = async () => (await history(pool, id)).some(({ message }) => message === 'ready')
  await eventually('serve has heard of it', isReady)
  process.signal('SIGKILL')
  await expectGone(pids)
  await process.exit
  expect(await row(pool, id)).toMatchObject({ status: 'in_progress' })
  await pool.query('delete from taskproc.tasks')
})

it("lets a program finish when Ctrl+C is pressed: it is not in the terminal's group", async (context) => {
  requireTerminal(context)
  const cwd = tempDir()
  const program = 'patient=shell: echo > started; while ! test -e open; do sleep 0.05; done; echo finished'
  const [id] = await put(pool, { kind: 'patient' })
  const child = startInTerminal([BINARY, 'serve', '--exec', program], { env: { DATABASE_URL: url }, cwd })
  await eventually('it has started', () => existsSync(join(cwd, 'started')))
  child.write(CTRL_C)
  await child.waitForOutput(/draining 1 task/)
  writeFileSync(join(cwd, 'open'), '')
  expect(await child.exit).toMatchObject({ exitCode: 0 })
  expect(await row(pool, id)).toMatchObject({ status: 'done', result: 'finished' })
})

it('takes programs from the environment too, one a line', async () => {
  const [id] = await put(pool, { kind: 'hello', payload: 'ada' })
  const env = { DATABASE_URL: url, EXEC: 'hello=echo "hello, world"\n\n  bye=true  ' }
  expect(await taskproc(['serve', '--until-empty'], { env })).toMatchObject({ exitCode: 0 })
  expect(await row(pool, id)).toMatchObject({ status: 'done', result: 'hello, world' })
})

it.each([
  ['that is not there', ['--exec', 'a=./gone'], /^error: --exec a=\.\/gone: there is no \.\/gone$/],
  ['that is not executable', ['--exec', 'a=./plain.txt'], /^error: --exec a=\.\/plain\.txt: .* chmod \+x/],
  ['without a kind', ['--exec', './run'], /^error: --exec \.\/run: there is no = in it$/],
  [
    'that needs a shell',
    ['--exec', 'a=cat | wc'],
    /^error: --exec a=cat \| wc: \| means something to a shell/,
  ],
  ['twice', ['--exec', 'a=cat', '--exec', 'a=true'], /^error: --exec a=true: a has a program already$/],
  [
    'of a kind that the handlers file has',
    ['--handlers', './h.mjs', '--exec', 'a=cat'],
    /^error: a is defined twice: by --handlers \.\/h\.mjs and by --exec a=cat$/,
  ],
  [
    'beside a handlers file that is not there',
    ['--handlers', './gone.ts', '--exec', 'a=cat'],
    /^error: cannot use the handlers in .*gone\.ts: there is no such file$/,
  ],
])('refuses a program %s in two lines, before it looks for a database', async (_, args, problem) => {
  const cwd = tempDir()
  writeFileSync(join(cwd, 'plain.txt'), '')
  writeFileSync(join(cwd, 'h.mjs'), 'export default { a() {} }')
  const env = { DATABASE_URL: 'postgresql://127.0.0.1:9/x' }
  const { exitCode, stdout, stderr } = await taskproc(['serve', ...args], { cwd, env })
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(problem), expect.stringMatching(/./)])
})
