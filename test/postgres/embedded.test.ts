import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { releaseEmbedded, startEmbedded, statusOf, stopEmbedded } from '../../src/postgres/embedded.ts'
import { buildIfStale } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { startCaller } from './caller.ts'
import { copyHome, originalHome, tempHome } from './home.ts'
import { connect, sql } from './sql.ts'

beforeAll(buildIfStale, 120_000)

const original = await originalHome()

it('starts a server in an empty place, and says what it does', async () => {
  const home = tempHome()
  const events: string[] = []
  const { url, startedByUs } = await startEmbedded({ home, onEvent: ({ type }) => void events.push(type) })
  expect(startedByUs).toBe(true)
  expect(events).toEqual(['initializing', 'starting', 'ready'])
  expect(await sql(url, 'select 1')).toEqual([1])
})

it('finds the running server the second time', async () => {
  const home = copyHome(original)
  const first = await startEmbedded({ home })
  const events: string[] = []
  const second = await startEmbedded({ home, onEvent: ({ type }) => void events.push(type) })
  expect(second).toEqual({ url: first.url, startedByUs: false })
  expect(events).toEqual(['ready'])
})

it('serves local clients only, with all the safety that PostgreSQL has', async () => {
  const home = tempHome()
  const { url } = await startEmbedded({ home })
  const show = async (name: string) => (await sql(url, `show ${name}`))[0]
  expect(await show('listen_addresses')).toBe('')
  expect(await show('fsync')).toBe('on')
  expect(await show('full_page_writes')).toBe('on')
  expect(await show('synchronous_commit')).toBe('on')
  expect(Number(await show('max_connections'))).toBeGreaterThanOrEqual(200)
  expect(await show('server_encoding')).toBe('UTF8')
  expect(
    await sql(
      url,
      `select format('%s %s', datlocprovider, datlocale) from pg_database where datname = 'postgres'`,
    ),
  ).toEqual(['b C.UTF-8'])
  expect(statSync(join(home, 'postgres-18')).mode & 0o777).toBe(0o700)
})

it('gives an address that the environment of a client cannot bend', async () => {
  const { url } = await startEmbedded({ home: copyHome(original) })
  const select = `import('pg').then(async ({ default: pg }) => {
    const client = new pg.Client(process.argv[1])
    await client.connect()
    await client.end()
  })`
  const env = {
    ...process.env,
    PGPORT: '1',
    PGHOST: '/nowhere',
    PGSSLMODE: 'require',
    PGDATABASE: 'none',
    PGUSER: 'none',
  }
  execFileSync(process.execPath, ['-e', select, url], { env, cwd: import.meta.dirname })
})

const psql = ['/usr/bin/psql', '/usr/local/bin/psql'].find((path) => existsSync(path)) ?? ''

it.skipIf(!psql)('gives an address for psql', async () => {
  const { url } = await startEmbedded({ home: copyHome(original) })
  expect(execFileSync(psql, [url, '-Atc', 'select 41 + 1'], { encoding: 'utf8' })).toBe('42\n')
})

it('tells how it stands, and makes nothing by it', async () => {
  const home = tempHome()
  expect(await statusOf({ home })).toMatchObject({
    running: false,
    pid: undefined,
    url: undefined,
    kept: false,
  })
  expect(existsSync(home)).toBe(false)
  const { url } = await startEmbedded({ home })
  const status = await statusOf({ home })
  expect(status).toMatchObject({ running: true, url, version: expect.stringMatching(/^18\./), kept: false })
  expect(() => process.kill(status.pid ?? -1, 0)).not.toThrow()
})

it('stops when the last one leaves', async () => {
  const home = copyHome(original)
  await startEmbedded({ home })
  expect(await releaseEmbedded({ home })).toBe(true)
  expect(await statusOf({ home })).toMatchObject({ running: false, pid: undefined })
  expect(await releaseEmbedded({ home })).toBe(false)
})

it('stays while any client is connected', async () => {
  const home = copyHome(original)
  const { url } = await startEmbedded({ home })
  const client = await connect(url)
  expect(await releaseEmbedded({ home })).toBe(false)
  expect(await sql(url, 'select 1')).toEqual([1])
  await client.end()
  expect(await releaseEmbedded({ home })).toBe(true)
})

it('stays when it cannot say who is connected', async () => {
  const home = copyHome(original)
  await startEmbedded({ home })
  const { pid = -1 } = await statusOf({ home })
  process.kill(pid, 'SIGSTOP')
  const released = releaseEmbedded({ home })
  expect(await released.finally(() => process.kill(pid, 'SIGCONT'))).toBe(false)
  await eventually('the same server answers', async () => (await statusOf({ home })).running)
  expect(await statusOf({ home })).toMatchObject({ pid })
})

it('stays when it is kept, until it is stopped', async () => {
  const home = copyHome(original)
  await startEmbedded({ home, keep: true })
  expect(await releaseEmbedded({ home })).toBe(false)
  expect(await statusOf({ home })).toMatchObject({ running: true, kept: true })
  expect(await stopEmbedded({ home })).toBe(true)
  expect(await statusOf({ home })).toMatchObject({ running: false, kept: false })
  expect(await stopEmbedded({ home })).toBe(false)
})

it('has its data again after a stop', async () => {
  const home = copyHome(original)
  const { url } = await startEmbedded({ home })
  await sql(url, 'create table kept as select 7 as n')
  await stopEmbedded({ home })
  const again = await startEmbedded({ home })
  expect(again).toEqual({ url, startedByUs: true })
  expect(await sql(url, 'select n from kept')).toEqual([7])
})

it('leaves nothing behind when it is aborted while it initialises', async () => {
  const home = tempHome()
  const abort = new AbortController()
  const reason = new Error('enough')
  const starting = startEmbedded({ home, signal: abort.signal, onEvent: () => abort.abort(reason) })
  await expect(starting).rejects.toBe(reason)
  expect(readdirSync(home).filter((name) => name.startsWith('postgres-'))).toEqual([])
  expect(readdirSync(join(home, 'locks'))).toEqual([])
  await startEmbedded({ home })
})

it('leaves no server behind when it is aborted while it starts', async () => {
  const home = copyHome(original)
  // A standby without a primary that lets nobody in: it starts and is never ready.
  writeFileSync(join(home, 'postgres-18', 'standby.signal'), '')
  writeFileSync(join(home, 'postgres-18', 'postgresql.auto.conf'), 'hot_standby = off')
  const abort = new AbortController()
  const reason = new Error('enough')
  const starting = startEmbedded({ home, signal: abort.signal })
  starting.catch(() => {})
  await eventually('a postmaster', async () => (await statusOf({ home })).pid)
  abort.abort(reason)
  await expect(starting).rejects.toBe(reason)
  expect(await statusOf({ home })).toMatchObject({ running: false, pid: undefined })
})

it('does not hold the streams or the terminal of who started it', async () => {
  const home = tempHome()
  const caller = startCaller()
  await caller.call('startEmbedded', { home })
  const { pid } = await statusOf({ home })
  caller.end()
  // Resolves when nobody holds the other end of its output.
  expect(await caller.exit).toMatchObject({ exitCode: 0 })
  const session = (of: number) =>
    execFileSync('ps', ['-o', 'sess=', '-p', String(of)], { encoding: 'utf8' }).trim()
  expect(session(pid ?? -1)).not.toBe(session(process.pid))
  expect(await statusOf({ home })).toMatchObject({ running: true, pid })
})
