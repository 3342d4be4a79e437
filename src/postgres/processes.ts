// Which process is meant: a pid alone is used again, a pid with its start time is not.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Field 22 of /proc/<pid>/stat is the start time; the fields after the name, which may hold spaces, begin at 3. */
const STATE_INDEX = 0
const START_TIME_INDEX = 22 - 3

/**
 * When the process started, as a word that no later process with this pid shares; undefined when it does not run.
 * A zombie counts as gone: it holds nothing any more.
 * Linux counts ticks since boot, so the word carries the boot too.
 */
export function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return startFromPs(pid)
  const stat = readProc(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const state = fields[STATE_INDEX]
  if (state === 'Z' || state === 'X') return undefined
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
  return `${boot}-${fields[START_TIME_INDEX]}`
}

/** The command line of a process, words parted by spaces; undefined when it does not run. */
export function commandOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return ps(pid, 'command=')
  return readProc(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ')
}

/** The pids of all processes whose command line begins with `beginning`. */
export function pidsOf(beginning: string): number[] {
  return allPids().filter((pid) => commandOf(pid)?.startsWith(beginning))
}

/** The working directory of a process; undefined when it is gone, or when the system does not tell us. */
export function workingDirectoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** Only "no such process" may read as dead: out of file handles, say, must never make a live process look dead. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

function allPids(): number[] {
  const words = process.platform === 'linux' ? readdirSync('/proc') : runPs(['-axo', 'pid=']).split(/\s+/)
  return words.filter((word) => /^\d+$/.test(word)).map(Number)
}

function startFromPs(pid: number): string | undefined {
  const started = ps(pid, 'lstart=')
  return started?.replace(/\W+/g, '-')
}

function ps(pid: number, column: string): string | undefined {
  try {
    return runPs(['-ww', '-o', column, '-p', String(pid)]).trim() || undefined
  } catch (error) {
    // ps ends with 1 when there is no such process.
    if ((error as { status?: number }).status === 1) return undefined
    throw error
  }
}

function runPs(args: readonly string[]): string {
  // Every process must read the same time of start, whatever its language and time zone.
  const env = { LC_ALL: 'C', TZ: 'UTC', PATH: '/bin:/usr/bin' }
  return execFileSync('ps', args, { encoding: 'utf8', env })
}
