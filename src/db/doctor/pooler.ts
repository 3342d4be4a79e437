// Doctor: whether a pooler stands between us and the server, of which sort, and whether notifications come through.
import type { Db } from '../db.ts'
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
  examine: async (db, subject) => {
    const path = await follow(db, subject)
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

async function follow(db: Db, { pool, listenUrl, hasListenUrl }: Subject): Promise<Path> {
  const { pooling, seen } = await readPooling(db, pool)
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

/** A pooler with few connections lets one transaction of ours wait for another. */
const WAIT_MS = 1_500

/** A pooler hands out keys of its own to cancel with, so that the pid in ours is not that of the backend. */
async function readPooling(db: Db, pool: Pool): Promise<Pick<Path, 'pooling' | 'seen'>> {
  const backend = await backendOf(db)
  if ('processID' in db && db.processID === backend)
    return { pooling: 'none', seen: `backend ${backend} is ours` }
  const client = await pool.connect()
  const other = await pool.connect()
  try {
    // While another transaction keeps the backend that we had, we are given a second one; unless ours is for the session.
    const first = await answerOf(backendOf(client))
    if (first !== null) await answerOf(other.query('begin read only'))
    const second = first === null ? null : await answerOf(backendOf(client))
    if (second === null)
      return { pooling: 'transaction', seen: 'a transaction had to wait for another one of ours' }
    if (second === first) return { pooling: 'session', seen: `backend ${first} stays ours` }
    return {
      pooling: 'transaction',
      seen: `two transactions of one connection ran on the backends ${first} and ${second}`,
    }
  } finally {
    client.release(true)
    other.release(true)
  }
}

async function backendOf(db: Db): Promise<number | null> {
  const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? null
}

/** null: none in time. */
function answerOf<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  const late = new Promise<null>((resolve) => {
    setTimeout(() => resolve(null), WAIT_MS).unref()
  })
  return Promise.race([answer, late])
}
