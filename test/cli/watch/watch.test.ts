// stats --watch through the real binary in a real terminal: what is on the screen after each key.
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { addClaimed, addProcess, addTask, addTasks } from '../../db/fixtures.ts'
import { startProxy } from '../../flow/proxy.ts'
import { serving } from '../../flow/serving.ts'
import { taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { atTestEnd, tempDir } from '../../support/end.ts'
import { eventually } from '../../support/eventually.ts'
import { dataParent } from '../../support/memory.ts'
import { requireTerminal } from '../../support/pty.ts'
import { type DrawnOptions, startDrawn } from '../../support/screen.ts'

const { url, pool } = await testDatabase()
const DOWN = '\u001b[B'
const UP = '\u001b[A'
const ENTER = '\r'
const ESCAPE = '\u001b'
const QUICK = ['--interval', '200ms']

beforeEach(async (context) => {
  requireTerminal(context)
  await pool.query(
    'truncate taskproc.tasks, taskproc.task_logs, taskproc.processes, taskproc.queues restart identity cascade',
  )
})

function watch(options: DrawnOptions = {}) {
  return startDrawn(['stats', '--watch', ...QUICK], {
    ...options,
    env: { DATABASE_URL: url, ...options.env },
  })
}

it('shows what waits, who works, what runs and what failed', async () => {
  await addTasks(pool, 3, { queue: 'mails', kind: 'mail' })
  await addTask(pool, { queue: 'mails', kind: 'mail', run_at: '2099-01-01' })
  await addTask(pool, FAILED)
  await addProcess(pool, { name: 'web-1', kinds: ['mail'], workers: 5, running: 2 })
  const screen = watch()
  const shown = await screen.waitFor(/FAILED/)
  expect(shown).toMatch(/tasks +3 due, 0 in progress, 1 delayed, 1 error/)
  expect(shown).toMatch(/mails +3 +1 +0/)
  expect(shown).toMatch(/web-1 +running +\d s +2\/5/)
  expect(shown).toMatch(/#5 +broken +\d+ .* +no such mailbox/)
  expect(shown.split('\n').at(-1)).toBe('↑↓ choose   p pause   enter open   / task by id   ? help   q quit')
  expect(await screen.isAlternate()).toBe(true)
})

it('pauses and resumes the chosen queue, and asks before', async () => {
  await addTask(pool, { queue: 'images' })
  await addTask(pool, { queue: 'mails' })
  const screen = watch()
  await screen.waitFor(/mails/)
  screen.press('p')
  await screen.waitFor(/p pauses a queue: choose one/)
  screen.press(DOWN)
  await screen.waitFor(/^> images/m)
  screen.press('j')
  await screen.waitFor(/^> mails/m)
  screen.press('p')
  await screen.waitFor(/^pause queue mails\? {2}y\/n$/m)
  screen.press('n')
  await screen.waitFor(/nothing was done/)
  expect(await paused()).toEqual([])
  screen.press('py')
  await screen.waitFor(/^queue mails is paused$/m)
  expect(await paused()).toEqual(['mails'])
  screen.press('k')
  await screen.waitFor(/^> images/m)
  screen.press('pyj')
  await eventually('both are paused', async () => (await paused()).length === 2)
  await pool.query('delete from taskproc.queues')
})

it('opens a task by its id, retries it and cancels it', async () => {
  const id = await addTask(pool, FAILED)
  const screen = watch()
  await screen.waitFor(/broken/)
  screen.press('/')
  await screen.waitFor(/^open task: _/m)
  screen.press(`x${id}`)
  await screen.waitFor(new RegExp(`^open task: ${id}_`, 'm'))
  screen.press(ENTER)
  const page = await screen.waitFor(/status +error/)
  expect(page).toMatch(/task +1 broken/)
  expect(page).toMatch(/payload +{"to":"ada"}/)
  expect(page).toMatch(/error +no such mailbox/)
  expect(page).toMatch(/ enqueued$/m)
  screen.press('r')
  await screen.waitFor(/^retry task 1\? {2}y\/n/m)
  screen.press('y')
  await screen.waitFor(/^task 1 is pending again/m)
  await screen.waitFor(/status +pending/)
  screen.press('cy')
  await screen.waitFor(/^task 1 is cancelled/m)
  await screen.waitFor(/status +cancelled/)
  screen.press('c')
  await screen.waitFor(/^task 1 has finished already/m)
  // The message goes by itself.
  await screen.waitFor(/r retry/)
  screen.press(ESCAPE)
  await screen.waitFor(/QUEUES/)
  screen.press(`t999${ENTER}`)
  await screen.waitFor(/there is no task 999/)
})

it('opens the chosen task: one that runs, one that failed', async () => {
  await addTask(pool, FAILED)
  await addTask(pool, { queue: 'mails', kind: 'gate', payload: { file: '/nowhere' } })
  const process = await serving(url, { settings: { name: 'web-1', lease: '3s' } })
  await process.saw('run.started')
  const screen = watch()
  await screen.waitFor(/FAILED/)
  screen.press('G')
  await screen.waitFor(/^> #1 +broken/m)
  screen.press(ENTER)
  await screen.waitFor(/task +1 broken/)
  screen.press(ESCAPE)
  await screen.waitFor(/RUNNING[\s\S]*#2 +gate/)
  screen.press(UP)
  await screen.waitFor(/^> #2 +gate/m)
  screen.press(ENTER)
  await screen.waitFor(/status +in_progress by web-1/)
})

it('says what the keys do', async () => {
  const screen = watch()
  await screen.waitFor(/settled/)
  screen.press('?')
  await screen.waitFor(/pause or resume the chosen queue/)
  screen.press(ESCAPE)
  await screen.waitFor(/settled/)
})

it('says what is wrong', async () => {
  await addTask(pool, { queue: 'images' })
  await pool.query(`insert into taskproc.queues (name, paused_at) values ('images', now())`)
  await addTask(pool, { kind: 'unknown' })
  const silent = await addProcess(pool, { name: 'gone', kinds: ['noop'], lease_ms: 10_000, running: 2 })
  await addClaimed(pool, silent, 2)
  await pool.query(
    `update taskproc.processes set heartbeat_at = now() - interval '5 minutes' where id = $1`,
    [silent],
  )
  const shown = await watch().waitFor(/! queue images is paused and 1 task waits in it/)
  expect(shown).toMatch(/! process gone is silent for 5 min.*: its 2 tasks will run again in another/)
  expect(shown).toMatch(/! tasks are due and no process of their queue has a handler for unknown/)
})

it('fits a small screen, and follows when it is resized', async () => {
  await addTasks(pool, 3, { queue: 'mails' })
  const screen = watch({ columns: 40, rows: 10 })
  await screen.waitFor(/mails +3[\s\S]*q quit$/)
  screen.resize(120, 40)
  await screen.waitFor(/every 200 ms$[\s\S]*↑↓ choose {3}p pause {3}enter open/m)
  expect(await screen.lines()).toHaveLength(40)
  screen.resize(60, 15)
  await screen.waitFor(/^↑↓ choose {3}p pause {3}enter open {3}\? help {3}q quit$/m)
  expect((await screen.lines()).every((line) => line.length <= 60)).toBe(true)
})

it('lets no text of a task move the cursor', async () => {
  await addTask(pool, { ...FAILED, kind: 'a\u001b[2Jb', error: '\u001b]0;title\u0007boo\u001b[31m' })
  const screen = watch()
  await screen.waitFor(/a\uFFFD\[2Jb +\d+ \w+ .*boo/)
  expect(screen.child.output()).not.toContain('\u001b]0;')
})

it('draws with ASCII where the locale knows no more', async () => {
  await addTask(pool, { queue: 'żółć' })
  const shown = await watch({ env: { LANG: 'C' } }).waitFor(/\?{4} +1/)
  expect(shown).toMatch(/^[\x20-\x7e\n]*$/)
  expect(shown).toMatch(/_{10}/)
})

it('goes on while the database is away, and recovers', async () => {
  const proxy = await startProxy(url)
  await addTask(pool, { queue: 'mails' })
  const screen = watch({ env: { DATABASE_URL: proxy.url } })
  await screen.waitFor(/mails +1/)
  proxy.down()
  const shown = await screen.waitFor(/! database away since \d+ s: /)
  expect(shown).toMatch(/mails +1/)
  screen.press(`${DOWN}py`)
  await screen.waitFor(/could not pause/)
  await addTask(pool, { queue: 'mails' })
  await screen.waitFor(/as of \d+ s ago/)
  proxy.up()
  const back = await screen.waitFor(/mails +2/)
  expect(back).not.toMatch(/database away/)
})

it('goes on when PostgreSQL is stopped, and when it is started again', async () => {
  const home = join(tempDir(dataParent()), 'home')
  const db = (verb: string) => taskproc(['db', verb], { env: { TASKPROC_HOME: home } })
  atTestEnd(() => db('stop'))
  const server = (await db('start')).stdout.trim()
  await taskproc(['migrate'], { env: { DATABASE_URL: server } })
  const screen = watch({ env: { DATABASE_URL: server } })
  await screen.waitFor(/tasks +0 due/)
  await db('stop')
  await screen.waitFor(/! database away since \d+ s: /)
  await db('start')
  await taskproc(['enqueue', 'later'], { env: { DATABASE_URL: server } })
  expect(await screen.waitFor(/later +1/)).not.toMatch(/database away/)
})

it('writes only the lines that change, and each frame as one', async () => {
  await addTask(pool, { queue: 'mails' })
  const screen = watch()
  await screen.waitFor(/mails +1/)
  const before = screen.child.output().length
  const written = () => screen.child.output().slice(before)
  // The clock of each reading is in the title: three more of them have come.
  await eventually('three frames', () => (written().match(/every 200 ms/g) ?? []).length >= 3)
  expect(written()).not.toMatch(/QUEUES|q quit/)
  const all = screen.child.output()
  expect(
    all
      .split(SYNC_BEGIN)
      .slice(1)
      .every((frame) => frame.includes(SYNC_END)),
  ).toBe(true)
})

const SYNC_BEGIN = '\u001b[?2026h'
const SYNC_END = '\u001b[?2026l'

const FAILED = {
  kind: 'broken',
  status: 'error',
  payload: { to: 'ada' },
  attempts: 1,
  claim_number: 1,
  error: 'no such mailbox',
  finished_at: new Date().toISOString(),
  max_attempts: 1,
}

async function paused(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    'select name from taskproc.queues where paused_at is not null order by name',
  )
  return rows.map(({ name }) => name)
}
