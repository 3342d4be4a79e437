// What a test has to do to get each answer of each route. What every route has in common is tried by the test itself:
// here stands only what depends on the route. A route or an answer that is missing here fails the contract test.
import type { Pool } from '../../src/db/pool.ts'
import type { CallOptions, TestApi } from './api.ts'
import { type Verb, type Worker, worker } from './remote-worker.ts'

export interface Request extends CallOptions {
  readonly path: string
}

/** How to call a route so that it answers with this status. It may call others before, by `api`. */
type Scenario = (pool: Pool, api: Pick<TestApi, 'call'>) => Promise<Request>

export interface RouteScenarios {
  /** A call that the route would answer well, for what all routes have in common. */
  readonly plain: Request
  /** By status. */
  readonly answers: Readonly<Record<string, Scenario>>
  /** A stream: only its beginning is read. */
  readonly isStream?: boolean
}

const NOWHERE = '9223372036854775807'

/** A task that is there in this status, as far as that can be had without a process. */
async function put(
  pool: Pool,
  status: 'pending' | 'error',
  uniqueKey: string | null = null,
): Promise<string> {
  const { rows } = await pool.query<{ id: number }>(
    `insert into taskproc.tasks (kind, unique_key, status, error, finished_at)
     values ('contract', $2, $1, case $1 when 'error' then 'it failed' end, case $1 when 'error' then now() end)
     returning id`,
    [status, uniqueKey],
  )
  return String(rows[0]?.id)
}

const at =
  (path: string, options: CallOptions = {}): Scenario =>
  () =>
    Promise.resolve({ path, ...options })

let kinds = 0

/** A task in the hands of a remote worker. */
async function claimed(
  pool: Pool,
  api: Pick<TestApi, 'call'>,
): Promise<{ who: Worker; id: string; claim: object }> {
  const kind = `remote-${++kinds}`
  await pool.query('insert into taskproc.tasks (kind) values ($1)', [kind])
  const who = worker(api)
  const { process_id, tasks } = await who.claim({ kinds: [kind] })
  return { who, id: String(tasks[0]?.id), claim: { process_id, claim_number: tasks[0]?.claim_number } }
}

/** The four ways in which a remote worker settles a task have everything in common but one field. */
function settling(verb: Verb, fields: object): RouteScenarios {
  const nobody = { process_id: 1, claim_number: 1, ...fields }
  return {
    plain: { path: `/tasks/1/${verb}`, body: nobody },
    answers: {
      200: async (pool, api) => {
        const { id, claim } = await claimed(pool, api)
        return { path: `/tasks/${id}/${verb}`, body: { ...claim, ...fields } }
      },
      404: at(`/tasks/${NOWHERE}/${verb}`, { body: nobody }),
      409: async (pool, api) => {
        const { id, claim } = await claimed(pool, api)
        return { path: `/tasks/${id}/${verb}`, body: { ...claim, ...fields, claim_number: 99 } }
      },
    },
  }
}

const REMOTE: Readonly<Record<string, RouteScenarios>> = {
  'POST /claims': {
    plain: { path: '/claims', body: { process: 'plain', kinds: ['none'] } },
    answers: {
      200: () => {
        const process = `claims-${++kinds}`
        return Promise.resolve({ path: '/claims', body: { process, kinds: ['contract'], limit: 2 } })
      },
      409: async (pool, api) => {
        const { who } = await claimed(pool, api)
        return { path: '/claims', body: { process: who.name, kinds: ['contract'] } }
      },
    },
  },
  'POST /processes/{name}/beat': {
    plain: { path: '/processes/plain/beat', body: { process_id: 1 } },
    answers: {
      200: async (pool, api) => {
        const { who } = await claimed(pool, api)
        return { path: `/processes/${who.name}/beat`, body: { process_id: who.processId, holding: [] } }
      },
      404: at('/processes/nobody/beat', { body: { process_id: NOWHERE } }),
      409: async (pool, api) => {
        const { who } = await claimed(pool, api)
        return { path: '/processes/another/beat', body: { process_id: who.processId } }
      },
    },
  },
  'POST /tasks/{id}/complete': settling('complete', { result: { a: 1 } }),
  'POST /tasks/{id}/fail': settling('fail', { error: 'it failed' }),
  'POST /tasks/{id}/snooze': settling('snooze', { delay: 5 }),
  'POST /tasks/{id}/release': settling('release', {}),
}

export const ROUTES: Readonly<Record<string, RouteScenarios>> = {
  ...REMOTE,
  'POST /tasks': {
    plain: { path: '/tasks', body: { kind: 'contract' } },
    answers: {
      201: at('/tasks', { body: { kind: 'contract', payload: { a: 1 } } }),
      409: async (pool) => {
        await put(pool, 'pending', 'contract')
        return { path: '/tasks', body: [{ kind: 'contract', unique_key: 'contract' }] }
      },
    },
  },
  'GET /tasks': {
    plain: { path: '/tasks' },
    answers: {
      200: async (pool) => {
        await put(pool, 'error')
        return { path: '/tasks?status=error&status=pending&limit=2&kind=contract' }
      },
    },
  },
  'DELETE /tasks': { plain: { path: '/tasks' }, answers: { 200: at('/tasks') } },
  'GET /tasks/{id}': {
    plain: { path: '/tasks/1' },
    answers: {
      200: async (pool) => ({ path: `/tasks/${await put(pool, 'error')}` }),
      404: at(`/tasks/${NOWHERE}`),
    },
  },
  'GET /tasks/{id}/logs': {
    plain: { path: '/tasks/1/logs' },
    answers: {
      200: async (pool) => ({ path: `/tasks/${await put(pool, 'pending')}/logs` }),
      404: at(`/tasks/${NOWHERE}/logs`),
    },
  },
  'POST /tasks/{id}/retry': {
    plain: { path: '/tasks/1/retry' },
    answers: {
      200: async (pool) => ({ path: `/tasks/${await put(pool, 'error')}/retry`, body: {} }),
      404: at(`/tasks/${NOWHERE}/retry`),
      409: async (pool) => ({ path: `/tasks/${await put(pool, 'pending')}/retry` }),
    },
  },
  'POST /tasks/{id}/cancel': {
    plain: { path: '/tasks/1/cancel' },
    answers: {
      200: async (pool) => ({ path: `/tasks/${await put(pool, 'pending')}/cancel` }),
      404: at(`/tasks/${NOWHERE}/cancel`),
      409: async (pool) => ({ path: `/tasks/${await put(pool, 'error')}/cancel` }),
    },
  },
  'GET /stats': { plain: { path: '/stats' }, answers: { 200: at('/stats?exact=true') } },
  'GET /events': { plain: { path: '/events' }, answers: { 200: at('/events') }, isStream: true },
  'GET /metrics': { plain: { path: '/metrics' }, answers: { 200: at('/metrics') } },
  'GET /healthz': { plain: { path: '/healthz' }, answers: { 200: at('/healthz') } },
  'GET /readyz': { plain: { path: '/readyz' }, answers: { 200: at('/readyz') } },
  'GET /openapi.json': { plain: { path: '/openapi.json' }, answers: { 200: at('/openapi.json') } },
}
