import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { ExpectedError } from '../../src/errors.ts'
import { startEmbedded, statusOf, stopEmbedded } from '../../src/postgres/embedded.ts'
import { homeAt } from '../../src/postgres/home.ts'
import { socketDirectory } from '../../src/postgres/socket.ts'
import { buildIfStale } from '../support/build.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { dataParent } from '../support/memory.ts'
import { isRoot, NOBODY, nobodyCanRead, startCaller } from './caller.ts'
import { copyHome, originalHome, tempHome } from './home.ts'
import { sql } from './sql.ts'

beforeAll(buildIfStale, 120_000)

const original = await originalHome()

function deepDirectory(): string {
  const parent = join(tempDir(dataParent()), ...Array.from({ length: 6 }, () => 'a-directory-that-is-deep'))
  mkdirSync(parent, { recursive: true })
  return parent
}

it('listens in a short private directory when the home is too deep for a socket', async () => {
  const home = tempHome(deepDirectory())
  const { url } = await startEmbedded({ home })
  const directory = decodeURIComponent(/host=([^&]*)/.exec(url)?.[1] ?? '')
  expect(directory).toMatch(/^\/tmp\/taskproc-[0-9a-f]{16}$/)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  expect(await sql(url, 'select 1')).toEqual([1])
  await stopEmbedded({ home })
  expect(existsSync(directory)).toBe(false)
  expect(await startEmbedded({ home })).toEqual({ url, startedByUs: true })
})

it('does not trust a short directory that is open to others', async () => {
  const { home, directory, owner } = await squattable()
  mkdirSync(directory)
  chownSync(directory, owner.uid, owner.gid)
  chmodSync(directory, 0o777)
  await expect(startEmbedded({ home })).rejects.toThrow('belongs to somebody else')
})

it.runIf(isRoot)('does not trust a short directory of somebody else', async () => {
  const { home, directory, owner } = await squattable()
  mkdirSync(directory, { mode: 0o700 })
  chownSync(directory, owner.uid + 1, owner.gid)
  await expect(startEmbedded({ home })).rejects.toThrow('belongs to somebody else')
})

/** A home whose server is stopped and listens in a short directory, which is not there now. */
async function squattable() {
  const home = copyHome(original, deepDirectory())
  await startEmbedded({ home })
  const directory = socketDirectory(homeAt(home))
  await stopEmbedded({ home })
  atTestEnd(() => rmSync(directory, { recursive: true }))
  return { home, directory, owner: statSync(join(home, 'postgres-18')) }
}

it.each([`@ space ümläut %20 '" #q?u&e+r=y`, 'a,comma'])('works in a directory named %s', async (name) => {
  const parent = join(tempDir(dataParent()), name)
  mkdirSync(parent)
  const { url } = await startEmbedded({ home: tempHome(parent) })
  expect(await sql(url, 'select 1')).toEqual([1])
})

it('knows a home under all its names', async () => {
  const parent = tempDir(dataParent())
  const home = copyHome(original, parent)
  const link = join(tempDir(), 'link')
  symlinkSync(parent, link)
  const { url } = await startEmbedded({ home })
  expect(await startEmbedded({ home: join(link, '.taskproc') })).toEqual({ url, startedByUs: false })
})

it('works below a directory that only its owner may enter', async () => {
  const parent = tempDir(dataParent())
  chmodSync(parent, 0o700)
  const { url } = await startEmbedded({ home: tempHome(parent) })
  expect(await sql(url, 'select 1')).toEqual([1])
})

it.runIf(nobodyCanRead())('works for a user without rights', async () => {
  const parent = tempDir(dataParent())
  chownSync(parent, NOBODY, NOBODY)
  const home = tempHome(parent)
  const caller = startCaller({ asNobody: true })
  expect(await caller.call('startEmbedded', { home })).toMatchObject({ answer: { startedByUs: true } })
  expect(statSync(join(home, 'postgres-18')).uid).toBe(NOBODY)
  // Root, too, leaves the server to the owner of the data.
  expect(await startEmbedded({ home })).toMatchObject({ startedByUs: false })
  await stopEmbedded({ home })
  expect(await startEmbedded({ home })).toMatchObject({ startedByUs: true })
  expect(await caller.call('stopEmbedded', { home })).toEqual({ answer: true })
})

it.runIf(nobodyCanRead() || !isRoot)(
  'says in two lines that it may not write, and writes nothing',
  async () => {
    const parent = tempDir(dataParent())
    chmodSync(parent, 0o555)
    const home = tempHome(parent)
    const caller = startCaller({ asNobody: isRoot })
    const { error } = await caller.call('startEmbedded', { home })
    expect(error).toEqual({
      name: 'ExpectedError',
      message: `the embedded PostgreSQL cannot use ${home}: permission denied`,
      hint: expect.stringMatching(/^make it writable .* DATABASE_URL/),
    })
    expect(readdirSync(parent)).toEqual([])
  },
)

it.runIf(nobodyCanRead())('says that the data belong to somebody else', async () => {
  const home = copyHome(original)
  await startEmbedded({ home })
  const caller = startCaller({ asNobody: true })
  for (const verb of ['startEmbedded', 'statusOf', 'stopEmbedded']) {
    const { error } = await caller.call(verb, { home })
    expect(error).toMatchObject({ message: `the embedded PostgreSQL cannot use ${home}: permission denied` })
  }
})

it('says what the server said when it does not start', async () => {
  const home = copyHome(original)
  writeFileSync(join(home, 'postgres-18', 'postgresql.auto.conf'), 'max_connections = many\n')
  await expect(startEmbedded({ home })).rejects.toThrow(/did not start[\s\S]*max_connections/)
  expect(await statusOf({ home })).toMatchObject({ running: false, pid: undefined })
})

it('refuses data of another version instead of starting empty', async () => {
  const home = tempHome()
  mkdirSync(join(home, 'postgres-17'), { recursive: true })
  await expect(startEmbedded({ home })).rejects.toThrow(ExpectedError)
  expect(readdirSync(home)).not.toContain('postgres-18')
})

it('refuses a data directory that is none', async () => {
  const home = tempHome()
  mkdirSync(join(home, 'postgres-18', 'base'), { recursive: true })
  await expect(startEmbedded({ home })).rejects.toThrow(ExpectedError)
})

it('starts a new log when the old one is large', async () => {
  const home = copyHome(original)
  truncateSync(join(home, 'postgres.log'), 17 * 1024 * 1024)
  await startEmbedded({ home })
  expect(statSync(join(home, 'postgres.log')).size).toBeLessThan(10_000)
  expect(existsSync(join(home, 'postgres.log.old'))).toBe(true)
})
