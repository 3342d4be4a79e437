// The database goes away under load: every request is answered within its limit, and what was answered 201 is there.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createPool } from '../../src/db/pool.ts'
import { startProxy } from '../flow/proxy.ts'
import { taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { dataParent } from '../support/memory.ts'
import { type Answer, startApi, type TestApi } from './api.ts'

const CLIENTS = 50
/** The answer is 503 after this; the connection would be given up by the client after twice as long. */
const ANSWER_LIMIT_MS = 6_000

interface Load {
  readonly inserted: number[]
  readonly refused: Answer[]
  /** Ends it, and rejects where a request hung or a connection broke. */
  stop(): Promise<void>
}

/** Clients that insert one task after the other. */
function load({ call }: TestApi): Load {
  const inserted: number[] = []
  const refused: Answer[] = []
  let isOver = false
  const client = async () => {
    while (!isOver) {
      const late = new Promise<never>((_, reject) =>
        setTimeout(() => reject(new Error('a request hangs')), 2 * ANSWER_LIMIT_MS).unref(),
      )
      const answer = await Promise.race([call('POST', '/tasks', { body: { kind: 'load' } }), late])
      if (answer.status === 201) inserted.push((answer.body as { id: number }).id)
      else {
        refused.push(answer)
        // As they are told to.
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
  const clients = Promise.all(Array.from({ length: CLIENTS }, client))
  return {
    inserted,
    refused,
    stop: async () => {
      isOver = true
      await clients
    },
  }
}

function expectRefusals({ refused }: Load): void {
  expect(refused.length).toBeGreaterThan(0)
  for (const answer of refused) {
    expect(answer).toMatchObject({ status: 503, type: 'application/problem+json' })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|socket/)
  }
}

it('answers 50 clients while PostgreSQL is restarted, and keeps what it said it has', async () => {
  const home = join(tempDir(dataParent()), 'home')
  const db = (...args: string[]) => taskproc(['db', ...args], { env: { TASKPROC_HOME: home } })
  atTestEnd(() => db('stop'))
  const url = (await db('start')).stdout.trim()
  expect(await taskproc(['migrate'], { env: { DATABASE_URL: url } })).toMatchObject({ exitCode: 0 })
  const own = createPool({ url, applicationName: 'taskproc test' })
  atTestEnd(() => own.end())
  const api = await startApi(url, { limits: { answerTimeoutMs: ANSWER_LIMIT_MS } })
  const clients = load(api)

  await eventually('work before', () => clients.inserted.length > 200)
  process.kill(JSON.parse((await db('status', '--json')).stdout).pid, 'SIGKILL')
  await eventually('refusals', () => clients.refused.length >= CLIENTS)
  expect((await api.call('GET', '/readyz')).body).toMatchObject({ reasons: ['the database does not answer'] })
  expect((await api.call('GET', '/healthz')).status).toBe(200)
  await db('start')
  const before = clients.inserted.length
  await eventually('work after', () => clients.inserted.length > before + 200, { deadlineMs: 30_000 })
  await clients.stop()

  expectRefusals(clients)
  expect(new Set(clients.inserted).size).toBe(clients.inserted.length)
  const { rows } = await own.query<{ n: number }>(
    'select count(*)::int as n from taskproc.tasks where id = any ($1::bigint[])',
    [clients.inserted],
  )
  expect(rows[0]?.n).toBe(clients.inserted.length)
  expect((await api.call('GET', '/readyz')).status).toBe(200)
  expect(api.logged.filter(({ level }) => level === 'error')).toEqual([])
})

it('answers 50 clients while the network to the database is cut', async () => {
  const { url } = await testDatabase()
  const proxy = await startProxy(url)
  const api = await startApi(proxy.url, { limits: { answerTimeoutMs: ANSWER_LIMIT_MS } })
  const clients = load(api)
  await eventually('work before', () => clients.inserted.length > 200)
  proxy.freeze()
  await eventually('refusals', () => clients.refused.length >= CLIENTS, { deadlineMs: 30_000 })
  expect((await api.call('GET', '/readyz')).status).toBe(503)
  proxy.thaw()
  const before = clients.inserted.length
  await eventually('work after', () => clients.inserted.length > before + 200, { deadlineMs: 30_000 })
  await clients.stop()
  expectRefusals(clients)
})
