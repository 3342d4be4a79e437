// Doctor: whether a pooler stands between us and the server, of which sort, and whether notifications come through.

import { listen } from '../listen.ts'
import type { Pool } from '../pool.ts'
import type { Check, Finding, Subject } from './finding.ts'

export interface Path {
  /** `session`: a connection keeps its backend. `transaction`: each transaction may have another one. */
  pooling: 'none' | 'session' | 'transaction'
  /** How that was seen. */
  seen: string
  /** Whether a notification that was sent came back; null: not tried, since it cannot. */
  hears: boolean | null
  hasListenUrl: boolean
}

export const POOLER: Check = {
  name: 'notifications',
  needsSchema: false,
  examine: async (_, subject) => {
    const path = await follow(subject)
    const way = path.hasListenUrl ? ' by LISTEN_DATABASE_URL' : ''
    const heard = path.hears ? `heard${way}` : 'not heard'
    return { findings: judgePath(path), note: `${heard}; ${POOLINGS[path.pooling]}` }
  },
}

const POOLINGS: Record<Path['pooling'], string> = {
  none: 'no pooler in the path',
  session: 'a session pooler in the path',
  transaction: 'a transaction pooler in the path',
}

export function judgePath({ pooling, seen, hears, hasListenUrl }: Path): Finding[] {
  if (hears) return []
  const meaning =
    'No process hears of new tasks, cancellations and pauses: they are found by polling, up to --fetch-interval later'
  if (hasListenUrl) {
    const evidence = `nothing that was notified through DATABASE_URL arrives by LISTEN_DATABASE_URL: it leads to another database, a standby or a pooler. ${meaning}`
    const fix = 'LISTEN_DATABASE_URL=postgres://user@host:5432/database # the server itself'
    return [{ name: 'notifications not heard', severity: 'warning', evidence, fix }]
  }
  const cause =
    pooling === 'transaction' ? `a transaction pooler is in the path: ${seen}` : 'no notification arrives'
  const fix =
    'LISTEN_DATABASE_URL=postgres://user@host:5432/database # past the pooler, for each taskproc serve'
  return [{ name: 'transaction pooler', severity: 'warning', evidence: `${cause}. ${meaning}`, fix }]
}

async function follow({ pool, listenUrl, hasListenUrl }: Subject): Promise<Path> {
  const { pooling, seen } = await readPooling(pool)
  if (pooling === 'transaction' && !hasListenUrl) return { pooling, seen, hears: null, hasListenUrl }
  return { pooling, seen, hears: await hearsEcho(pool, listenUrl), hasListenUrl }
}

async function hearsEcho(pool: Pool, listenUrl: string): Promise<boolean> {
  const nothing = () => {}
  const options = { url: listenUrl, applicationName: 'taskproc doctor listen' }
  const listening = await listen(options, pool, { onWork: nothing, onCancel: nothing })
  await listening.close()
  return listening.hears
}

/** A pooler of one connection lets the second transaction wait for the first. */
const WAIT_MS = 1_500

/** A pooler hands out keys of its own to cancel with, so that the pid in ours is not that of the backend. */
async function readPooling(pool: Pool): Promise<Pick<Path, 'pooling' | 'seen'>> {
  const client = await pool.connect()
  try {
    const first = await backendOf(client)
    if ('processID' in client && client.processID === first)
      return { pooling: 'none', seen: `backend ${first} is ours` }
    return await tellPooler(pool, client, first)
  } finally {
    client.release(true)
  }
}

/** While another transaction keeps the backend that we had, we are given a second one; unless ours is for the session. */
async function tellPooler(
  pool: Pool,
  client: Pick<Pool, 'query'>,
  first: number | null,
): Promise<Pick<Path, 'pooling' | 'seen'>> {
  const other = await pool.connect()
  try {
    await other.query('begin read only')
    const second = await Promise.race([backendOf(client), afterMs(WAIT_MS)])
    if (second === first) return { pooling: 'session', seen: `backend ${first} stays ours` }
    const seen =
      second === null
        ? 'a transaction had to wait for another one of ours'
        : `two transactions of one connection ran on the backends ${first} and ${second}`
    return { pooling: 'transaction', seen }
  } finally {
    other.release(true)
  }
}

async function backendOf(db: Pick<Pool, 'query'>): Promise<number | null> {
  const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? null
}

function afterMs(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms).unref())
}
