// The order of what is told about a task, by every command, is that of what happened; and what never ran never started.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { spawnTaskproc, taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { serving } from './serving.ts'
import { put } from './table.ts'

/** Says a line at its very beginning and one at its end, and fails at once in its first attempt. */
const HASTY = `
export default {
  hasty(payload, { log, task }) {
    log('begins')
    log('ends')
    if (task.attempt === 1) throw new Error('it failed')
  },
  stuck: (payload, { log, signal }) => new Promise((resolve, reject) => {
    log('waits')
    signal.addEventListener('abort', () => reject(signal.reason))
  }),
}`

function hasty(): string {
  const handlers = join(tempDir(), 'hasty.mjs')
  writeFileSync(handlers, HASTY)
  return handlers
}

const shortened = (lines: readonly string[]) =>
  lines.map((line) => line.slice(line.lastIndexOf('  ') + 2).replace(/ \(.*/, ''))

const FAILED = ['log: begins', 'log: ends', 'failed: it failed']
const DONE = ['claimed', 'log: begins', 'log: ends', 'done']

it('tells each attempt from its start, over its lines, to its end', async () => {
  const { url, pool } = await testDatabase()
  const env = { DATABASE_URL: url }
  const ids = await put(pool, { kind: 'hasty', backoffMs: 1 }, 20)
  const following = spawnTaskproc(['logs', String(ids[7]), '--follow'], { env })
  const process = await serving(url, { handlers: hasty() })
  await eventually('all are done', async () => {
    const { rows } = await pool.query(`select count(*)::int as n from taskproc.tasks where status = 'done'`)
    return rows[0].n === ids.length
  })
  expect(shortened((await following.exit).lines).slice(-7)).toEqual([...FAILED, ...DONE])
  process.signal('SIGTERM')
  await process.exit
  for (const id of ids) {
    const { lines } = await taskproc(['logs', String(id)], { env })
    expect(shortened(lines)).toEqual(['enqueued', 'started', ...FAILED, ...DONE])
  }
  const { stdout } = await taskproc(['show', String(ids[0])], { env })
  const told = stdout.split('what happened (UTC)')[1] ?? ''
  const times = told.match(/\d\d:\d\d:\d\d\.\d{3}/g) ?? []
  expect(times).toHaveLength(9)
  expect(times).toEqual(times.toSorted())
  expect(told).toMatch(
    /attempt 1 of 3[\s\S]* started .*\n.*info: begins[\s\S]* failed after \d+ ms: it failed/,
  )
  expect(told).toMatch(/attempt 2 of 3[\s\S]* claimed .*\n.*info: begins[\s\S]* done \d.* after its claim/)
})

it('does not say that what waited for a worker and was given back had started', async () => {
  const { url, pool } = await testDatabase()
  const env = { DATABASE_URL: url }
  const [runs = 0, waits = 0] = await put(pool, { kind: 'stuck' }, 2)
  const process = await serving(url, { handlers: hasty(), settings: { workers: 1, drainTimeout: '1s' } })
  await eventually('both are claimed', async () => {
    const { rows } = await pool.query(
      `select count(*)::int as n from taskproc.tasks where status = 'in_progress'`,
    )
    return rows[0].n === 2
  })
  expect((await taskproc(['show', String(waits)], { env })).stdout).toMatch(/in progress, claimed /)
  process.signal('SIGTERM')
  await process.exit
  const logs = async (id: number | string) => shortened((await taskproc(['logs', String(id)], { env })).lines)
  expect(await logs(runs)).toEqual([
    'enqueued',
    'started',
    'log: waits',
    'released: given back, not finished',
  ])
  expect(await logs(waits)).toEqual(['enqueued', 'claimed', 'released: given back, not begun'])
  const { stdout } = await taskproc(['show', String(waits)], { env })
  expect(stdout).not.toContain('started')
  expect(stdout).toMatch(/released \d.* after its claim: given back, not begun/)
})
