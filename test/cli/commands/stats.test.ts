// taskproc stats: a table for people, one document for programs, the same numbers in both.
import { expect, it } from 'vitest'
import { taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }

it('says of an empty database that nothing is there and nobody works', async () => {
  const { exitCode, lines, stderr } = await taskproc(['stats'], { env })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(lines.slice(0, 4)).toEqual([
    '       pending  in_progress  done  error  cancelled',
    'tasks        0            0     0      0          0',
    '',
    'no process is running',
  ])
})

it('counts by status, queue and kind, and shows who lives', async () => {
  await pool.query(`
    insert into taskproc.processes (name, host, pid, version, kinds, workers, lease_ms)
    values ('alive', 'here', 1, '0', '{mails}', 5, 15000);
    insert into taskproc.tasks (queue, kind, run_at) values
      ('mails', 'mails', now() - interval '90 seconds'), ('mails', 'mails', now()), ('images', 'resize', now() + interval '1 hour');
    insert into taskproc.tasks (kind, status, attempts, claim_number, claimed_by, claimed_at, finished_at, error)
    values ('mails', 'error', 1, 1, 1, now(), now(), 'no')`)
  const { lines } = await taskproc(['stats'], { env })
  const cells = lines.map((line) => line.trim().split(/ {2,}/))
  expect(cells).toEqual(
    expect.arrayContaining([
      ['tasks', '3', '0', '0', '1', '0'],
      ['queue', 'pending', 'in_progress', 'done', 'error', 'cancelled', 'oldest pending'],
      ['images', '1', '0', '0', '0', '0', '-'],
      ['mails', '2', '0', '0', '0', '0', expect.stringMatching(/^1 min 3\d s$/)],
      ['mails', '2', '0', '0', '1', '0'],
      ['resize', '1', '0', '0', '0', '0'],
      ['alive', 'running', '5', '0', '0', 'all', expect.stringMatching(/ ago$/)],
    ]),
  )
})

it('gives programs one line of JSON', async () => {
  const { stdout, lines, stderr } = await taskproc(['stats', '--json'], { env })
  expect(lines).toHaveLength(1)
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toMatchObject({
    tasks: { pending: 3, in_progress: 0, done: 0, error: 1, cancelled: 0 },
    processes: [{ name: 'alive', state: 'running', queues: null, workers: 5 }],
    throughput: { per_second: 0, window_seconds: 60 },
  })
})

it('lets no name move the cursor of a terminal', async () => {
  await pool.query(`insert into taskproc.tasks (kind) values (E'red\\x1b[31m\\nline')`)
  const { stdout } = await taskproc(['stats'], { env })
  expect(stdout).not.toContain('\u001b')
  expect(stdout).toMatch(/^red\uFFFD\[31m line +1 /m)
})
