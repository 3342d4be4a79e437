// The sample tasks: as data, as SQL, and as the command inserts them.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }
const SEED = join(import.meta.dirname, '../../../seed')

interface Sample {
  kind: string
  payload: string
}
const samples: Sample[] = JSON.parse(readFileSync(join(SEED, 'tasks.json'), 'utf8'))

beforeEach(() => pool.query('delete from taskproc.tasks'))

async function inserted(): Promise<unknown[]> {
  const { rows } = await pool.query(
    'select kind, payload, max_attempts, status, queue, attempts from taskproc.tasks order by id',
  )
  return rows
}

function expected(all: readonly Sample[]): unknown[] {
  const rest = { max_attempts: 1, status: 'pending', queue: 'default', attempts: 0 }
  return all.map(({ kind, payload }) => ({ kind, payload, ...rest }))
}

it('has 20 different samples of which none is its own reverse', () => {
  expect(new Set(samples.map(({ payload }) => payload)).size).toBe(20)
  for (const { kind, payload } of samples) {
    expect(kind).toBe('reverse')
    expect([...payload].reverse().join('')).not.toBe(payload)
  }
})

it('inserts the 20 samples, each to be tried once', async () => {
  const finished = await taskproc(['seed'], { env })
  expect(finished.exitCode).toBe(0)
  expect(finished.stdout).toMatch(/^inserted 20 tasks of kind reverse: #\d+ to #\d+\n$/)
  expect(await inserted()).toEqual(expected(samples))
})

it('inserts the same by plain SQL', async () => {
  if (hasPsql()) execFileSync('psql', [url, '-qv', 'ON_ERROR_STOP=1', '-f', join(SEED, 'tasks.sql')])
  else await pool.query(readFileSync(join(SEED, 'tasks.sql'), 'utf8'))
  expect(await inserted()).toEqual(expected(samples))
})

it('goes round the samples for more, in batches, and says the ids', async () => {
  const finished = await taskproc(['seed', '--count', '1234', '--json'], { env })
  const { ids } = JSON.parse(finished.stdout)
  expect(new Set(ids).size).toBe(1234)
  const { rows } = await pool.query('select payload, count(*) as n from taskproc.tasks group by payload')
  const counts = rows.map(({ n }) => n)
  expect([counts.length, Math.min(...counts), Math.max(...counts)]).toEqual([20, 61, 62])
})

it('takes kind and attempts', async () => {
  await taskproc(['seed', '--count', '1', '--kind', 'mails', '--max-attempts', '7'], { env })
  expect(await inserted()).toMatchObject([{ kind: 'mails', max_attempts: 7, payload: samples[0]?.payload }])
})

function hasPsql(): boolean {
  try {
    execFileSync('psql', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
