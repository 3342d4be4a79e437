// A copy of the programs, for when they cannot be run where npm put them: below a directory that the server's account
// may not enter (/root), or in a tree that is read-only and lacks the links.
import { chmodSync, copyFileSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { ExpectedError } from '../errors.ts'
import type { Home } from './home.ts'

/** Root's copy lies where every account may go; unlike /tmp it survives a reboot. */
const SHARED_PARENT = '/var/tmp'
/** For linking other programs against PostgreSQL; a server has no use for them. */
const NOT_NEEDED = /\.a$|^pkgconfig$/

/**
 * Brings the copy up to date and gives its directory, called `native` like the original. File by file and each by a
 * rename, so that a copy that was cut off is completed and two that copy at once do not harm each other.
 */
export function copyBinaries(from: { native: string; version: string }, home: Home): string {
  const isRoot = process.getuid?.() === 0
  const top = join(isRoot ? SHARED_PARENT : home.directory, `taskproc-postgres-${from.version}`)
  makeDirectory(top)
  const found = lstatSync(top)
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new ExpectedError(`${top} should hold PostgreSQL, but somebody else made it`, 'remove it')
  }
  const native = join(top, 'native')
  copyTree(from.native, native)
  return native
}

function copyTree(from: string, to: string): void {
  makeDirectory(to)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (NOT_NEEDED.test(entry.name)) continue
    if (entry.isDirectory()) copyTree(source, target)
    else if (entry.isFile()) copyFile(source, target)
  }
}

function copyFile(source: string, target: string): void {
  const wanted = lstatSync(source)
  if (lstatSync(target, { throwIfNoEntry: false })?.size === wanted.size) return
  const unfinished = `${target}.${process.pid}`
  copyFileSync(source, unfinished)
  chmodSync(unfinished, wanted.mode & 0o111 ? 0o755 : 0o644)
  renameSync(unfinished, target)
}

/** The mode is set by hand: a strict umask must not shut the server's account out. */
function makeDirectory(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  mkdirSync(path, { recursive: true })
  chmodSync(path, 0o755)
}
