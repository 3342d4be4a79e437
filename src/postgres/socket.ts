// Where the server listens: a Unix socket in a directory that only its owner may enter, and never the network.
import { createHash } from 'node:crypto'
import { chownSync, closeSync, lstatSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ExpectedError } from '../errors.ts'
import type { Account } from './account.ts'
import type { Home } from './home.ts'

/** A socket path fits in sun_path with its final zero: 108 bytes on Linux, 104 on macOS. */
const SOCKET_PATH_MAX_BYTES = process.platform === 'linux' ? 107 : 103
const SOCKET_FILE = '.s.PGSQL.5432'
/** Not os.tmpdir(): every process of a home must find the same directory, whatever its TMPDIR says. */
const SHORT_PARENT = '/tmp'

/**
 * The directory of the socket: the data directory, which is private already and is removed with its data. Where that is
 * too deep for a socket (or holds a comma, by which libpq parts hosts), a short one named after path and cluster.
 * Needs an initialised cluster.
 */
export function socketDirectory(home: Home): string {
  const inData = join(home.data, SOCKET_FILE)
  if (Buffer.byteLength(inData) <= SOCKET_PATH_MAX_BYTES && !inData.includes(',')) return home.data
  const name = createHash('sha256').update(home.data).update(clusterIdentity(home)).digest('hex').slice(0, 16)
  return join(SHORT_PARENT, `taskproc-${name}`)
}

/**
 * The URL of the server, for pg, psql and any libpq. The port and the mode are spelled out because a client would take
 * PGPORT and PGSSLMODE of its environment otherwise.
 */
export function urlOf(home: Home): string {
  const path = socketDirectory(home).split('/').map(encodeURIComponent).join('/')
  return `postgresql://postgres@/postgres?host=${path}&port=5432&sslmode=disable`
}

/** Makes the short directory if there is need of one. Refuses one that somebody else made before us. */
export function prepareSocketDirectory(home: Home, account: Account): string {
  const directory = socketDirectory(home)
  if (directory === home.data) return directory
  try {
    mkdirSync(directory, { mode: 0o700 })
    if (account.ids !== undefined) chownSync(directory, account.ids.uid, account.ids.gid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  checkSocketDirectory(home)
  return directory
}

/** Throws ExpectedError when a short directory exists and is not the private one of the cluster's owner. */
export function checkSocketDirectory(home: Home): void {
  const directory = socketDirectory(home)
  const found = lstatSync(directory, { throwIfNoEntry: false })
  if (directory === home.data || found === undefined) return
  const isPrivate = found.isDirectory() && (found.mode & 0o077) === 0
  if (isPrivate && found.uid === lstatSync(home.data).uid) return
  throw new ExpectedError(
    `${directory} should be the private socket directory of the embedded PostgreSQL, but it belongs to somebody else`,
    'remove it, or put TASKPROC_HOME on a shorter path',
  )
}

/** The files of the socket that a killed server leaves behind. */
export function socketLockFile(home: Home): string {
  return join(socketDirectory(home), `${SOCKET_FILE}.lock`)
}

/** Takes a short directory away again. The same cluster gets the same one next time, so the URL stays. */
export function removeSocketDirectory(home: Home): void {
  const directory = socketDirectory(home)
  if (directory !== home.data) rmSync(directory, { recursive: true, force: true })
}

/** The system identifier: the first 8 bytes of pg_control, new with every initdb. A copy of the path gets a new name. */
function clusterIdentity(home: Home): Buffer {
  const file = openSync(join(home.data, 'global', 'pg_control'), 'r')
  try {
    const identifier = Buffer.alloc(8)
    readSync(file, identifier, 0, identifier.length, 0)
    return identifier
  } finally {
    closeSync(file)
  }
}
