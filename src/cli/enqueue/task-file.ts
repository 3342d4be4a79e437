// The file of `enqueue --file`: a path or stdin, to be read once or twice.
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { codeOf, EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import type { Terminal } from '../terminal.ts'

export class TaskFile {
  readonly #file: string
  readonly #path: string
  readonly #stdin: NodeJS.ReadableStream
  /** Where a copy is, if one was needed. */
  #directory: string | undefined

  /** `file` is a path, or `-` for stdin. */
  constructor(file: string, { stdin, cwd }: Pick<Terminal, 'stdin' | 'cwd'>) {
    this.#file = file
    this.#path = resolve(cwd, file)
    this.#stdin = stdin
  }

  /**
   * Throws what the user can mend. What can be read only once (stdin, a pipe) is copied to a temporary file where it
   * will be read `twice`.
   */
  async open({ twice, signal }: { twice: boolean; signal: AbortSignal }): Promise<void> {
    const isRegular = this.#file !== '-' && (await isFile(this.#path, this.#file))
    if (isRegular || !twice) return
    this.#directory = await mkdtemp(join(tmpdir(), 'taskproc-'))
    const copy = createWriteStream(join(this.#directory, COPY), { mode: 0o600 })
    await pipeline(this.#original(), copy, { signal }).catch(unreadable(this.#file))
  }

  /** From its first line, at each call. */
  read(): AsyncIterable<Buffer | string> {
    return this.#directory === undefined ? this.#original() : createReadStream(join(this.#directory, COPY))
  }

  /** Takes the copy away; also of one that was interrupted. */
  async close(): Promise<void> {
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true })
  }

  #original(): AsyncIterable<Buffer | string> {
    return this.#file === '-' ? this.#stdin : sayingWhy(this.#file, createReadStream(this.#path))
  }
}

const COPY = 'tasks.jsonl'

/** False for a pipe and its like. */
async function isFile(path: string, file: string): Promise<boolean> {
  const found = await stat(path).catch(unreadable(file))
  return found.isDirectory() ? refuse(file, 'it is a directory') : found.isFile()
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
    const code = codeOf(thrown)
    const reason = REASONS[code]
    if (reason === undefined) throw thrown
    return refuse(file, reason, code === 'ENOSPC' ? EXIT.operational : EXIT.usage)
  }
}

function refuse(file: string, reason: string, exitStatus: ExitStatus = EXIT.usage): never {
  const hint = 'It is the path of a file, or - for stdin.'
  throw new ExpectedError(`--file: cannot read ${file}: ${reason}`, hint, exitStatus)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EIO: 'input/output error',
  ENOSPC: 'the temporary directory is full',
}
