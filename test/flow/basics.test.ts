// The main job, end to end: migrate, seed, serve until everything is done, stats.
import { expect, it } from 'vitest'
import { taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { serve } from './serving.ts'
import { counts, expectSound, notes, put, row, rows } from './table.ts'

const { url, pool } = await testDatabase({ migrated: false })
const env = { DATABASE_URL: url }

it('migrates, seeds 20 tasks, serves them to their end, and counts them', async () => {
  expect(await taskproc(['migrate'], { env })).toMatchObject({ exitCode: 0 })
  const seeded = await taskproc(['seed', '--json'], { env })
  expect(JSON.parse(seeded.stdout).ids).toHaveLength(20)
  const served = await taskproc(['serve', '--until-empty', '--workers', '20', '--fetch-limit', '20'], { env })
  expect(served).toMatchObject({ exitCode: 0, stdout: '' })

  const tasks = await rows(pool)
  expect(tasks).toHaveLength(20)
  for (const task of tasks) {
    expect(task).toMatchObject({ attempts: 1, crashes: 0, claim_number: 1 })
    if (task.status === 'done') expect(task.result).toBe(backwards(String(task.payload)))
    else expect(task).toMatchObject({ status: 'error', error: expect.stringContaining('failed') })
  }
  const { stdout } = await taskproc(['stats', '--json'], { env })
  const stats = JSON.parse(stdout)
  expect(stats.tasks).toEqual({
    pending: 0,
    in_progress: 0,
    done: 0,
    error: 0,
    cancelled: 0,
    ...(await counts(pool)),
  })
  expect(stats.processes).toMatchObject([{ state: 'stopped', running: 0, waiting: 0 }])
  expect((await taskproc(['verify'], { env })).exitCode).toBe(0)
  await expectSound(pool)
})

it('says at the second migrate that there is nothing to do', async () => {
  const again = await taskproc(['migrate'], { env })
  expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('up to date') })
})

it('leaves what it has no handler for, and what is not due, to others', async () => {
  const [foreign] = await put(pool, { kind: 'of-another-program' })
  const [later] = await put(pool, { kind: 'noop', delayMs: 3_600_000 })
  const [now] = await put(pool, { kind: 'echo', payload: { text: 'käse', list: [1, null] } })
  const process = serve(url, { settings: { workers: 2 } })
  await process.saw('settle.written', { matches: (line) => line['task'] === now })
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  expect(await row(pool, now)).toMatchObject({ status: 'done', result: { text: 'käse', list: [1, null] } })
  for (const id of [foreign, later])
    expect(await row(pool, id)).toMatchObject({ status: 'pending', claim_number: 0 })
  await expectSound(pool)
})

it('serves the queue that it is told to, and the larger priority first', async () => {
  const { file, lines } = notes()
  const payload = { file }
  const [ordinary] = await put(pool, { kind: 'count', payload, queue: 'mails' })
  const [urgent] = await put(pool, { kind: 'count', payload, queue: 'mails', priority: 10 })
  const [foreign] = await put(pool, { kind: 'count', payload, queue: 'images', priority: 99 })
  const settings = { queue: 'mails', workers: 1, untilEmpty: true }
  expect(await serve(url, { settings }).exit).toMatchObject({ exitCode: 0 })
  expect(lines()).toEqual([String(urgent), String(ordinary)])
  expect(await row(pool, foreign)).toMatchObject({ status: 'pending' })
  await expectSound(pool)
})

/** By the characters that a reader sees. */
function backwards(text: string): string {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment).reduceRight(
    (reversed, character) => reversed + character,
    '',
  )
}
