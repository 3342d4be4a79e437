// The file of a plot: refused before anything is measured where it cannot be written, and replaced when there is a picture.
import { randomBytes } from 'node:crypto'
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, EXIT, type ExitStatus, ExpectedError, messageOf } from '../../../errors.ts'

/** Tries whether a picture can be put there; nothing of it stays. Throws an ExpectedError (exit 2) where it cannot. */
export async function requirePlotFile(path: string): Promise<void> {
  try {
    const found = await stat(path).catch(ifMissing)
    if (found?.isDirectory()) throw refused(path, 'it is a directory', EXIT.usage)
    if (found?.isFile()) await (await open(path, 'r+')).close()
    // A pipe or a device takes what it takes: to open one may wait for a reader.
    else if (found === undefined) await tryBeside(path)
  } catch (thrown) {
    throw thrown instanceof ExpectedError ? thrown : refused(path, reasonOf(thrown), EXIT.usage)
  }
}

/** Puts the picture there. A file that is there already is replaced as a whole, or stays as it was. */
export async function writePlotFile(path: string, picture: string): Promise<void> {
  try {
    const found = await stat(path).catch(ifMissing)
    if (found !== undefined && !found.isFile()) return await writeFile(path, picture)
    const target = found === undefined ? path : await realpath(path)
    await replace(target, picture).catch((thrown: unknown) => {
      // Only a file that exists can be written in a directory that takes no other.
      if (found === undefined || !CLOSED.includes(codeOf(thrown))) throw thrown
      return writeFile(target, picture)
    })
  } catch (thrown) {
    throw refused(path, reasonOf(thrown), EXIT.operational)
  }
}

async function replace(target: string, picture: string): Promise<void> {
  const draft = beside(target)
  try {
    await writeFile(draft, picture, { flag: 'wx' })
    await rename(draft, target)
  } catch (thrown) {
    await rm(draft, { force: true }).catch(() => {})
    throw thrown
  }
}

/** Permissions alone do not tell: a file system may be read-only, a name too long, a user may be root. */
async function tryBeside(path: string): Promise<void> {
  const draft = beside(path)
  await (await open(draft, 'wx')).close()
  await rm(draft)
}

function beside(path: string): string {
  return join(dirname(path), `.taskproc-plot-${randomBytes(4).toString('hex')}`)
}

function ifMissing(thrown: unknown): undefined {
  if (codeOf(thrown) !== 'ENOENT') throw thrown
}

const CLOSED = ['EACCES', 'EPERM', 'EROFS']

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'what should be its directory is a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  ENAMETOOLONG: 'its name is too long',
}

function reasonOf(thrown: unknown): string {
  return REASONS[codeOf(thrown)] ?? messageOf(thrown)
}

function refused(path: string, reason: string, exitStatus: ExitStatus): ExpectedError {
  const hint =
    exitStatus === EXIT.usage
      ? 'Name a file in a directory that exists and that you may write to.'
      : 'What was measured stands above; the plot is lost. Mend it, and run it again.'
  return new ExpectedError(`--plot: cannot write ${path}: ${reason}`, hint, exitStatus)
}
