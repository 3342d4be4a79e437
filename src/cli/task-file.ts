// The file of `enqueue --file`: a path or stdin, to be read once or twice.
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EXIT, ExpectedError } from '../errors.ts'
import type { Terminal } from './terminal.ts'

export interface TaskFile {
  /** From its first line, at each call. */
  read(): AsyncIterable<Buffer | string>
  /** Takes away what was made to read it twice. */
  close(): Promise<void>
}

/**
 * Opens `file`, or stdin for `-`. What can be read only once (stdin, a pipe) is copied to a temporary file first where
 * it will be read `twice`. Throws what the user can mend.
 */
export async function openTaskFile(
  file: string,
  { stdin, cwd }: Terminal,
  { twice, signal }: { twice: boolean; signal: AbortSignal },
): Promise<TaskFile> {
  const path = resolve(cwd, file)
  const isRegular = file !== '-' && (await stat(path).catch(unreadable(file))).isFile()
  const open = (): AsyncIterable<Buffer | string> =>
    file === '-' ? stdin : sayingWhy(file, createReadStream(path, { signal }))
  if (isRegular || !twice) return { read: open, close: async () => {} }
  const directory = await mkdtemp(join(tmpdir(), 'taskproc-'))
  const copy = join(directory, 'tasks.jsonl')
  const close = () => rm(directory, { recursive: true, force: true })
  try {
    await pipeline(open(), createWriteStream(copy, { mode: 0o600 }), { signal })
  } catch (thrown) {
    await close()
    return unreadable(file)(thrown)
  }
  return { read: () => sayingWhy(copy, createReadStream(copy, { signal })), close }
}

async function* sayingWhy(file: string, stream: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stream
  } catch (thrown) {
    unreadable(file)(thrown)
  }
}

function unreadable(file: string): (thrown: unknown) => never {
  return (thrown) => {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
    const reason = REASONS[code]
    if (reason === undefined) throw thrown
    const exitStatus = code === 'ENOSPC' ? EXIT.operational : EXIT.usage
    throw new ExpectedError(
      `--file: cannot read ${file}: ${reason}`,
      'It is the path of a file, or - for stdin.',
      exitStatus,
      thrown,
    )
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EIO: 'input/output error',
  ENOSPC: 'the temporary directory is full',
}
