// taskproc why through the real binary: a sentence and a step for people, one document for programs.
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { pause } from '../../../src/db/queues.ts'
import { serving } from '../../flow/serving.ts'
import { become, notes, put, row } from '../../flow/table.ts'
import { BINARY, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { tempDir } from '../../support/end.ts'
import { eventually } from '../../support/eventually.ts'
import { requireTerminal, startInTerminal } from '../../support/pty.ts'
import { expectRefusal } from '../refusal.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }
const HANDLERS = join(import.meta.dirname, '../../flow/user-handlers.ts')

beforeEach(() =>
  pool.query('delete from taskproc.tasks; delete from taskproc.processes; delete from taskproc.queues'),
)

async function answerOf(id: unknown): Promise<Record<string, unknown>> {
  const { stdout } = await taskproc(['why', String(id), '--json'], { env })
  return JSON.parse(stdout)
}

it('says it in a sentence, and what to type; then what else is in the way', async () => {
  const [id] = await put(pool, { kind: 'reverse', queue: 'night' })
  await taskproc(['pause', '--queue', 'night'], { env })
  const finished = await taskproc(['why', `#${id}`], { env })
  expect(finished).toMatchObject({ exitCode: 0, stderr: '' })
  expect(finished.lines).toEqual([
    expect.stringMatching(new RegExp(`^task ${id} waits because its queue night is paused, for .* now\\.$`)),
    'next: taskproc resume --queue night',
    `also: task ${id} waits because no process is alive.`,
    'next: taskproc serve',
  ])
})

it('gives programs a stable word, the sentence, the step and the facts', async () => {
  const [id] = await put(pool, { kind: 'reverse' })
  const finished = await taskproc(['why', String(id), '--json'], { env })
  expect(finished.lines).toHaveLength(1)
  expect(JSON.parse(finished.stdout)).toMatchObject({
    id,
    answer: 'no_process',
    sentence: `task ${id} waits because no process is alive.`,
    next: 'taskproc serve',
    also: [],
    facts: { task: { id, status: 'pending', attempts: 0 }, processes: [], lock: null, paused: null },
  })
})

it('can be followed: what it says to type is what helps', async () => {
  const [id] = await put(pool, { kind: 'reverse', queue: `it's mine` })
  await taskproc(['pause'], { env })
  const { next } = await answerOf(id)
  expect(next).toBe(`taskproc resume --queue 'it'\\''s mine'`)
  await taskproc(['resume', '--queue', `it's mine`], { env })
  expect(await answerOf(id)).toMatchObject({ answer: 'no_process' })
})

it('asks real processes: one that runs it, and one whose limit for its kind is reached', async () => {
  const { file, create } = notes()
  const [first, second] = await put(pool, { kind: 'single', payload: { file } }, 2)
  const process = await serving(url, { settings: { name: 'worker-a' }, handlers: HANDLERS })
  await process.saw('run.started')
  const { status } = await row(pool, first)
  const [running, waiting] = status === 'in_progress' ? [first, second] : [second, first]
  expect(await answerOf(running)).toMatchObject({
    answer: 'running',
    sentence: expect.stringMatching(/: worker-a claimed it .* ago; last beat .* ago, attempt 1 of 3\.$/),
  })
  expect(await answerOf(waiting)).toMatchObject({
    answer: 'limit_reached',
    sentence: expect.stringMatching(/: 1 of 1 on worker-a\.$/),
  })
  const [misspelt] = await put(pool, { kind: 'singel' })
  expect(await answerOf(misspelt)).toMatchObject({
    answer: 'kind_not_served',
    sentence: expect.stringMatching(/kind singel \(did you mean single\?\)/),
    next: `psql "$DATABASE_URL" -c "update taskproc.tasks set kind = 'single' where claimable and kind = 'singel'"`,
    or: 'taskproc serve --exec singel=COMMAND # or --handlers FILE',
  })
  const { lines } = await taskproc(['why', String(misspelt)], { env })
  expect(lines).toEqual([
    expect.stringMatching(/^task/),
    expect.stringMatching(/^next: psql/),
    expect.stringMatching(/^or: taskproc serve/),
  ])
  create()
  await become(pool, { done: 2, pending: 1 })
})

it('asks about a process that was killed', async () => {
  const { file } = notes()
  const [id] = await put(pool, { kind: 'single', payload: { file } })
  const process = await serving(url, { settings: { name: 'worker-a', lease: '1s' }, handlers: HANDLERS })
  await process.saw('run.started')
  process.signal('SIGKILL')
  await eventually('its lease is over', async () => (await answerOf(id))['answer'] === 'left_behind')
  expect(await answerOf(id)).toMatchObject({ next: 'taskproc serve' })
})

it('refuses what is no task, in two lines', async () => {
  expectRefusal(
    await taskproc(['why', '4711'], { env }),
    1,
    /^error: there is no task 4711$/,
    /taskproc list$/,
  )
  expectRefusal(await taskproc(['why', 'x'], { env }), 2, /^error: ID: must be a whole number/, /why --help$/)
})

it('lets no error text move the cursor of a terminal', async () => {
  const [id] = await put(pool, { kind: 'reverse' })
  await pool.query(
    `update taskproc.tasks set status = 'error', finished_at = now(), error = E'red\\x1b[31m\\nline' where id = $1`,
    [id],
  )
  const { stdout, lines } = await taskproc(['why', String(id)], { env })
  expect(stdout).not.toContain('\u001b')
  expect(lines).toHaveLength(2)
})

it('fits its sentence to a terminal, and leaves what is to be typed in one line', async (context) => {
  requireTerminal(context)
  const [id] = await put(pool, { kind: 'reverse', queue: 'a-queue-with-a-long-name' })
  await pause(pool, 'a-queue-with-a-long-name')
  const child = startInTerminal([BINARY, 'why', String(id)], {
    env: { ...env, NO_COLOR: '1' },
    columns: 40,
    cwd: tempDir(),
  })
  await child.exit
  const lines = child.output().trimEnd().split('\r\n')
  expect(lines).toContain('next: taskproc resume --queue a-queue-with-a-long-name')
  expect(lines).toContainEqual(expect.stringMatching(/^also: task/))
  expect(lines.filter((line) => line.length > 40 && !line.startsWith('next: '))).toEqual([])
})
