// The home of an embedded server: which file lies where. Nothing in here writes except prepareHome.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** The binaries are of this major version, and only this version can read the data it wrote. */
const POSTGRES_MAJOR = 18

export interface Home {
  readonly directory: string
  /** PGDATA, mode 0700, owned by the account that runs the server. Its socket lies in here too. */
  readonly data: string
  readonly log: string
  /** One file for each process that wants the lock. */
  readonly locks: string
  /** One file for each process that uses the server. */
  readonly attached: string
  /** Exists while `db start` wants the server to stay up. */
  readonly kept: string
  /** Tells our server from any other in the list of processes; no two homes share it. */
  readonly clusterName: string
}

/** The layout of the home at `path`, which need not exist. Two names for one directory give one home. */
export function homeAt(path: string): Home {
  const directory = canonical(resolve(path))
  const data = join(directory, `postgres-${POSTGRES_MAJOR}`)
  return {
    directory,
    data,
    log: join(directory, 'postgres.log'),
    locks: join(directory, 'locks'),
    attached: join(directory, 'attached'),
    kept: join(directory, 'kept'),
    clusterName: `taskproc-${createHash('sha256').update(data).digest('hex').slice(0, 16)}`,
  }
}

/** Makes the directories of a home. A new home ignores itself in git: under root its data cannot be read by others. */
export function prepareHome(home: Home): void {
  const isNew = !existsSync(home.directory)
  makeDirectory(home.locks)
  makeDirectory(home.attached)
  if (isNew) writeFileSync(join(home.directory, '.gitignore'), '*\n')
}

/** Not `recursive` of mkdir: on a read-only file system that reports ENOENT, which says nothing. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return
  makeDirectory(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    // Another process was faster.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

function canonical(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path)
  return join(canonical(dirname(path)), basename(path))
}
