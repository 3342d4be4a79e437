import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { startEmbedded, statusOf, stopEmbedded } from '../../src/postgres/embedded.ts'
import { startOf } from '../../src/postgres/processes.ts'
import { buildIfStale } from '../support/build.ts'
import { atTestEnd } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { startCaller } from './caller.ts'
import { copyHome, originalHome, tempHome } from './home.ts'
import { connect, sql } from './sql.ts'

beforeAll(buildIfStale, 120_000)

const original = await originalHome()

async function pidOf(home: string): Promise<number> {
  const { pid } = await statusOf({ home })
  if (pid === undefined) throw new Error('no postmaster')
  return pid
}

it('has every committed row after a kill -9 of the server', async () => {
  const home = copyHome(original)
  const { url } = await startEmbedded({ home })
  await sql(url, 'create table kept as select generate_series(1, 1000) as n')
  process.kill(await pidOf(home), 'SIGKILL')
  expect(await startEmbedded({ home })).toEqual({ url, startedByUs: true })
  expect(await sql(url, 'select count(*)::int from kept')).toEqual([1000])
})

it('starts again although a backend of the killed server goes on computing', async () => {
  const home = copyHome(original)
  const { url } = await startEmbedded({ home })
  const client = await connect(url)
  const rows = (await client.query('select pg_backend_pid() as pid')).rows as { pid: number }[]
  const backend = rows[0]?.pid ?? -1
  const start = startOf(backend)
  atTestEnd(() => {
    if (start !== undefined && startOf(backend) === start) process.kill(backend, 'SIGKILL')
  })
  client.query('do $$ begin loop end loop; end $$').catch(() => {})
  await eventually('the loop runs', () =>
    sql(url, `select 1 from pg_stat_activity where query like 'do %' and state = 'active'`).then(
      (rows) => rows[0],
    ),
  )
  process.kill(await pidOf(home), 'SIGKILL')
  expect(await startEmbedded({ home })).toEqual({ url, startedByUs: true })
  expect(start).toBeDefined()
  expect(startOf(backend)).toBeUndefined()
})

it('is not fooled by a stale pid file whose pid is in use again', async () => {
  const home = copyHome(original)
  const { url } = await startEmbedded({ home })
  await sql(url, 'create table kept as select 7 as n')
  const data = join(home, 'postgres-18')
  const files = ['postmaster.pid', '.s.PGSQL.5432.lock'].map((name) => join(data, name))
  const texts = files.map((file) => readFileSync(file, 'utf8'))
  await stopEmbedded({ home })
  // A stranger of the account that runs the server: PostgreSQL itself ignores those of other accounts.
  const { uid, gid } = statSync(data)
  const stranger = spawn('sleep', ['1000'], { uid, gid, cwd: '/', stdio: 'ignore' })
  atTestEnd(() => stranger.kill('SIGKILL'))
  for (const [index, file] of files.entries()) {
    writeFileSync(file, (texts[index] ?? '').replace(/^\d+/, String(stranger.pid)))
  }
  expect(await statusOf({ home })).toMatchObject({ running: false, pid: undefined })
  expect(await stopEmbedded({ home })).toBe(false)
  expect(await startEmbedded({ home })).toEqual({ url, startedByUs: true })
  expect(await sql(url, 'select n from kept')).toEqual([7])
  await stopEmbedded({ home })
  expect(startOf(stranger.pid ?? -1)).toBeDefined()
})

it('is not fooled by a stale pid file that names the server of another home', async () => {
  const [home, other] = [copyHome(original), copyHome(original)]
  await startEmbedded({ home })
  const file = join(home, 'postgres-18', 'postmaster.pid')
  const text = readFileSync(file, 'utf8')
  await stopEmbedded({ home })
  await startEmbedded({ home: other })
  const { pid } = await statusOf({ home: other })
  writeFileSync(file, text.replace(/^\d+/, String(pid)))
  expect(await stopEmbedded({ home })).toBe(false)
  expect(await startEmbedded({ home })).toMatchObject({ startedByUs: true })
  expect(await statusOf({ home: other })).toMatchObject({ running: true, pid })
})

it('begins anew after a kill -9 of who was initialising', async () => {
  const home = tempHome()
  const unfinished = () => readdirSync(home).filter((name) => name.includes('unfinished'))
  const caller = startCaller()
  caller.ask('startEmbedded', { home })
  await caller.waitForOutput(/event initializing/)
  await eventually('initdb has begun', () =>
    unfinished().some((name) => readdirSync(join(home, name)).includes('base')),
  )
  caller.signal('SIGKILL')
  await caller.exit
  expect(readdirSync(home)).not.toContain('postgres-18')
  const { url, startedByUs } = await startEmbedded({ home })
  expect(startedByUs).toBe(true)
  expect(await sql(url, 'select 1')).toEqual([1])
})

it('finds the server that was starting when its starter was killed', async () => {
  const home = copyHome(original)
  const caller = startCaller()
  caller.ask('startEmbedded', { home })
  await caller.waitForOutput(/event starting/)
  await eventually('a postmaster', async () => (await statusOf({ home })).pid)
  caller.signal('SIGKILL')
  await caller.exit
  const { url } = await startEmbedded({ home })
  expect(await sql(url, 'select 1')).toEqual([1])
})

it('starts another server when the one that was starting is killed', async () => {
  const home = copyHome(original)
  // A standby that lets nobody in is starting for ever.
  const [standby, settings] = ['standby.signal', 'postgresql.auto.conf'].map((name) =>
    join(home, 'postgres-18', name),
  )
  writeFileSync(standby ?? '', '')
  writeFileSync(settings ?? '', 'hot_standby = off')
  const starting = startEmbedded({ home })
  await eventually('a postmaster that recovers', async () =>
    /entering standby mode/.test(readFileSync(join(home, 'postgres.log'), 'utf8')),
  )
  rmSync(standby ?? '')
  process.kill(await pidOf(home), 'SIGKILL')
  const { url, startedByUs } = await starting
  expect(startedByUs).toBe(true)
  expect(await sql(url, 'select 1')).toEqual([1])
})

it('starts again after everything was killed at once', async () => {
  const home = copyHome(original)
  const caller = startCaller()
  await caller.call('startEmbedded', { home })
  const { url = '' } = await statusOf({ home })
  await sql(url, 'create table kept as select 7 as n')
  const children = await sql(url, 'select pid from pg_stat_activity where pid <> pg_backend_pid()')
  for (const pid of [caller.pid, await pidOf(home), ...children]) process.kill(Number(pid), 'SIGKILL')
  expect(await startEmbedded({ home })).toEqual({ url, startedByUs: true })
  expect(await sql(url, 'select n from kept')).toEqual([7])
})
