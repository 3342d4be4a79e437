// Traces from door to door: whoever enqueues names its trace, and the run is in it, on another machine and in any language.
import { beforeEach, expect, it } from 'vitest'
import { taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { type Span, tracing } from '../support/spans.ts'
import { apiProcess } from './api-process.ts'
import { serving } from './serving.ts'
import { become, rows } from './table.ts'

const { url, pool } = await testDatabase()
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`
const SHOW = 'show=shell: printf %s "$TRACEPARENT $TRACESTATE"'

beforeEach(async () => {
  await pool.query('delete from taskproc.tasks')
})

/** The traces of the tasks, in their order, which are taken away. */
async function stored(): Promise<unknown[]> {
  const { rows } = await pool.query<{ trace: unknown }>('select trace from taskproc.tasks order by id')
  await pool.query('delete from taskproc.tasks')
  return rows.map(({ trace }) => trace)
}

it('is carried from a request to the run, to its program, and to a worker in any language', async () => {
  const api = await apiProcess(url)
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(api.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return { status: response.status, document: (await response.json()) as Record<string, unknown> }
  }
  const traced = { traceparent: TRACEPARENT }
  const { document } = await post('/tasks', { kind: 'show' }, traced)
  await post('/tasks', { kind: 'show', max_attempts: 1 }, { traceparent: 'nonsense' })

  const { env, spans } = tracing()
  const process = await serving(url, { programs: [SHOW], env: { ...env, TRACESTATE: 'of=serve' } })
  await become(pool, { done: 2 })
  process.signal('SIGTERM')
  await process.exit
  const [first, second] = await rows(pool)
  const run = spans().find(({ attributes }) => attributes['messaging.message.id'] === String(document['id']))
  expect(run).toMatchObject<Partial<Span>>({ traceId: TRACE, parentId: SPAN, name: 'taskproc run show' })
  expect(first?.result, 'the environment of the program').toBe(`00-${TRACE}-${run?.spanId}-01 `)
  expect(second?.result, 'a trace of its own').toMatch(/^00-(?!0af7)[0-9a-f]{32}-[0-9a-f]{16}-01 $/)
  await pool.query('delete from taskproc.tasks')

  await post('/tasks', [{ kind: 'remote' }, { kind: 'remote', traceparent: null }], traced)
  const claim = await post('/claims', { process: 'remote', kinds: ['remote'], limit: 2 })
  expect(claim.document['tasks']).toMatchObject([{ traceparent: TRACEPARENT }, { traceparent: TRACEPARENT }])
  expect(await stored()).toEqual([TRACEPARENT, TRACEPARENT])

  const wrong = await post('/tasks', { kind: 'show', traceparent: 'nonsense' })
  expect(wrong.status).toBe(400)
  expect(JSON.stringify(wrong.document)).toContain('must be a W3C trace context')
})

it('is taken from the environment by the command, for one task and for a file of them', async () => {
  const env = { DATABASE_URL: url, TRACEPARENT }
  const other = TRACEPARENT.replace('0af7', '1234')
  const input = `{"kind": "a"}\n{"kind": "b", "traceparent": "${other}"}\n`
  expect(await taskproc(['enqueue', 'one'], { env })).toMatchObject({ exitCode: 0 })
  expect(await taskproc(['enqueue', '--file', '-'], { env, input })).toMatchObject({ exitCode: 0 })
  const nonsense = { DATABASE_URL: url, TRACEPARENT: 'nonsense' }
  expect(await taskproc(['enqueue', 'one'], { env: nonsense })).toMatchObject({ exitCode: 0 })
  expect(await stored()).toEqual([TRACEPARENT, TRACEPARENT, other, null])
})

it('is the last argument of the SQL function, which refuses what is none', async () => {
  await pool.query(`select taskproc.enqueue('a', trace => $1), taskproc.enqueue('b')`, [TRACEPARENT])
  await expect(pool.query(`select taskproc.enqueue('a', trace => 'nonsense')`)).rejects.toThrow(
    'cannot enqueue: trace must be a W3C traceparent, got nonsense',
  )
  expect(await stored()).toEqual([TRACEPARENT, null])
})
