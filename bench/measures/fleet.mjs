// An idle fleet: what processes that wait for work cost the server.
import { setTimeout as sleep } from 'node:timers/promises'
import { serverCpuSeconds } from '../cpu.mjs'
import { withClient, withDatabase } from '../database.mjs'
import { startFleet } from '../fleet.mjs'

const START_LIMIT_MS = 180_000
/** After the last process came up: starting is not idling. */
const REST_MS = 15_000

/**
 * `processes` idle processes over `seconds`: the share of a core that the server needs beyond what it needs without them, and
 * statements per process and second (of all of them, by pg_stat_statements, which sees no further into functions).
 */
export async function idleFleet(server, subject, { processes, seconds }) {
  return withDatabase(server, async (url) => {
    await subject.prepare(url, 'defaults')
    const alone = await coreShare(server, seconds / 2)
    await countStatements(url)
    const fleet = startFleet(subject.worker(url, 'defaults', { untilEmpty: false }), {
      processes,
      tasks: 1,
      onRun: () => {},
    })
    try {
      await untilConnected(url, processes)
      await sleep(REST_MS)
      const callsBefore = await calls(url)
      const share = await coreShare(server, seconds)
      const statements = (await calls(url)) - callsBefore
      return {
        processes,
        seconds,
        serverCoreShare: share === null ? null : Math.max(0, share - alone),
        statementsPerProcessSecond: statements / processes / seconds,
        connections: await connections(url),
      }
    } finally {
      await fleet.stop()
      fleet.remove()
    }
  })
}

async function coreShare(server, seconds) {
  const before = serverCpuSeconds(server.postmaster)
  await sleep(seconds * 1000)
  return before === null ? null : (serverCpuSeconds(server.postmaster) - before) / seconds
}

/** In sessions that begin from now on. */
async function countStatements(url) {
  await withClient(url, async (client) => {
    await client.query('create extension pg_stat_statements')
    const { rows } = await client.query('select quote_ident(current_database()) as name')
    await client.query(`alter database ${rows[0].name} set pg_stat_statements.track = 'top'`)
  })
}

/** Our own look at it is not counted. */
function calls(url) {
  return one(
    url,
    `select coalesce(sum(calls), 0)::integer as value from pg_stat_statements
     where dbid = (select oid from pg_database where datname = current_database()) and query !~ 'pg_stat_'`,
  )
}

function connections(url) {
  return one(
    url,
    `select count(*)::integer as value from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  )
}

async function one(url, statement) {
  return withClient(url, async (client) => (await client.query(statement)).rows[0].value)
}

/** Until each has a connection at least, and no more come. */
async function untilConnected(url, processes) {
  let [before, sameSince] = [0, Date.now()]
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await sleep(500)) {
    const now = await connections(url)
    if (now !== before) [before, sameSince] = [now, Date.now()]
    if (now >= processes && Date.now() - sameSince > 5_000) return
  }
  throw new Error(`${before} connections are there, of ${processes} processes`)
}
