// Turns what the file system or PostgreSQL refuses into words that say where and why.
import { ExpectedError } from '../errors.ts'
import type { Home } from './home.ts'
import { lastLines } from './run.ts'

const COMPLAINT_LINES = 5
/** What PostgreSQL answered to our own questions. */
const ECHO = /the database system is (starting up|in recovery mode|not yet accepting connections)/

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is no directory',
  EEXIST: 'a file is in the way',
  EMFILE: 'this process has too many open files',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'its symbolic links go round in a circle',
}

/** What else a directory that cannot be made means: only there ENOENT is no bug. Its parents were made before it. */
const NOT_MADE: Readonly<Record<string, string>> = {
  ENOENT: 'nothing can be made there',
  EINVAL: 'no directory can have this name there',
  ENOTSUP: 'no directory can be made there',
}

/** Runs `work`; a refusal of the file system becomes an ExpectedError, all else passes. */
export async function explained<T>(home: Home, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code = '', path, syscall } = error as NodeJS.ErrnoException
    const reason = REASONS[code] ?? (syscall === 'mkdir' ? NOT_MADE[code] : undefined)
    if (reason === undefined) throw error
    // The files inside of a home are not the user's business.
    const place = path === undefined || path.startsWith(home.directory) ? home.directory : path
    throw new ExpectedError(
      `the embedded PostgreSQL cannot use ${place}: ${reason}`,
      'make it writable for you, set TASKPROC_HOME to another directory, or set DATABASE_URL to a server of your own',
      undefined,
      error,
    )
  }
}

/** What a program of PostgreSQL complained about, from its output: at most the last lines, and a full disk in plain words. */
export function complaintIn(output: string): string {
  if (/No space left on device|Check free disk space/.test(output)) return ' the disk is full'
  const telling = output.split('\n').filter((line) => !ECHO.test(line))
  return `\n${lastLines(telling.join('\n'), COMPLAINT_LINES)}`
}
