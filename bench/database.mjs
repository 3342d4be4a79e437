// Databases of the runs: each run has a fresh one, and begins on a server that has nothing else to do.
import pg from 'pg'

const PREFIX = 'taskproc_bench_peers'
let last = 0

/** Calls `work(url)` with the URL of a fresh database, which is dropped afterwards. */
export async function withDatabase(server, work) {
  last += 1
  const name = `${PREFIX}_${process.pid}_${last}`
  await administer(server.url, `create database ${name}`)
  try {
    return await work(withName(server.url, name))
  } finally {
    await administer(server.url, `drop database if exists ${name} with (force)`)
  }
}

/** Calls `work(client)` with a connection to `url`. */
export async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url, application_name: 'bench' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The same for everybody before a run: statistics as autovacuum would leave them, and no dirty page of the loading. */
export async function settleDown(url) {
  await withClient(url, async (client) => {
    await client.query('vacuum (analyze)')
    await client.query('checkpoint')
  })
}

function administer(url, statement) {
  return withClient(url, (client) => client.query(statement))
}

/** `url` with another database in it, whatever form it has: the path is what stands between the host and the `?`. */
function withName(url, name) {
  return url.replace(/^(\w+:\/\/[^/?]*)(\/[^?]*)?/, `$1/${name}`)
}
