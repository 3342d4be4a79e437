// Asks the server itself, the only witness that counts. The one place beside src/db that speaks SQL: a server has to be
// known to answer before there is anything src/db could connect to, and these two statements touch nothing of taskproc.
import pg from 'pg'

/** A local server answers in milliseconds; one that is frozen or starved never answers. */
const PROBE_TIMEOUT_MS = 2_000
/** Starting up, shutting down, recovering. */
const CANNOT_CONNECT_NOW = /^57P0/

export type Answer =
  | { readonly state: 'ready'; readonly version: string | undefined }
  /** Somebody is there and does not let us in: starting up, shutting down, or not answering. */
  | { readonly state: 'refusing'; readonly reason: string }
  | { readonly state: 'absent' }

/** Whether a server answers at `url`. Never throws. */
export async function probe(url: string): Promise<Answer> {
  try {
    const rows = await ask<{ version: string }>(url, `select current_setting('server_version') as version`)
    return { state: 'ready', version: rows[0]?.version }
  } catch (error) {
    if (isAbsence(error)) return { state: 'absent' }
    // A server that runs and has an objection (all connections taken, say) makes it to whoever wants to use it.
    if (isObjection(error)) return { state: 'ready', version: undefined }
    return { state: 'refusing', reason: (error as Error).message }
  }
}

/** Whether clients other than this question are connected. When the server is there and cannot say, the answer is yes. */
export async function hasClients(url: string): Promise<boolean> {
  try {
    const rows = await ask<{ clients: boolean }>(
      url,
      `select count(*) > 0 as clients from pg_stat_activity
       where backend_type in ('client backend', 'walsender') and pid <> pg_backend_pid()`,
    )
    return rows[0]?.clients === true
  } catch (error) {
    return !isAbsence(error)
  }
}

function isAbsence(error: unknown): boolean {
  const { code } = error as { code?: string }
  return code === 'ENOENT' || code === 'ECONNREFUSED'
}

function isObjection(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !CANNOT_CONNECT_NOW.test(error.code ?? '')
}

async function ask<Row>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PROBE_TIMEOUT_MS,
    query_timeout: PROBE_TIMEOUT_MS,
    application_name: 'taskproc probe',
  })
  // After a failure the connection may report the end a second time, here.
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(statement)).rows
  } finally {
    await client.end().catch(() => {})
  }
}
