// Behind a transaction pooler no notification is heard and no session setting lasts: polling does all of it.
import { execFileSync, spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, it, type TestContext } from 'vitest'
import { startChild } from '../support/child.ts'
import { taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { partsOf } from './proxy.ts'
import { serving } from './serving.ts'
import { become, expectSound, notes, put, row } from './table.ts'

const { url, pool } = await testDatabase()
/** Debian installs it where only root looks. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`

it('runs, retries, drains and cancels through PgBouncer in transaction mode', async (context) => {
  const pooled = await startPgBouncer(context)
  const settings = { name: 'pooled', fetchInterval: '500ms' }
  const process = await serving(pooled, { settings })
  await process.saw('fetch.idle', { count: 2 })

  // By the direct way, so that a notification goes out where it would be heard.
  await put(pool, { kind: 'flaky', payload: { succeedsAt: 2 }, backoffMs: 50 }, 10)
  await put(pool, { kind: 'noop' }, 200)
  await become(pool, { done: 210 })

  const { file, lines } = notes()
  const [id] = await put(pool, { kind: 'obedient', payload: { file } })
  await process.saw('run.started', { matches: (line) => line['task'] === id })
  await taskproc(['cancel', String(id)], { env: { DATABASE_URL: pooled } })
  await eventually('the handler heard it', () => lines().includes(`stop ${id}`), { deadlineMs: 5_000 })
  await eventually('it is cancelled', async () => (await row(pool, id)).status === 'cancelled')

  const [back] = await put(pool, { kind: 'hang' })
  await process.saw('run.started', { matches: (line) => line['task'] === back })
  process.signal('SIGTERM')
  await process.saw('drain.progress')
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 3 })
  expect(await row(pool, back)).toMatchObject({ status: 'pending', attempts: 0 })
  await expectSound(pool)
})

/** Between the test's server and us; its URL. Skips the test where there is none. */
async function startPgBouncer({ skip }: Pick<TestContext, 'skip'>): Promise<string> {
  if (spawnSync('pgbouncer', ['--version'], { env: { PATH } }).status !== 0) skip('pgbouncer is missing')
  const { host, port, user, password, name } = partsOf(url)
  const directory = tempDir()
  const config = join(directory, 'pgbouncer.ini')
  const free = await freePort()
  const target = [
    `host=${host}`,
    `port=${port}`,
    `dbname=${name}`,
    `user=${decodeURIComponent(user) || 'postgres'}`,
  ]
  if (password) target.push(`password=${decodeURIComponent(password)}`)
  const settings = [
    '[databases]',
    `${name} = ${target.join(' ')}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${free}`,
    'unix_socket_dir =',
    // Everybody who comes, as the user above.
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 5',
    'ignore_startup_parameters = extra_float_digits',
  ]
  await writeFile(config, settings.join('\n'))
  await chmod(config, 0o644)
  const account = process.getuid?.() === 0 ? ['-u', unprivileged(host)] : []
  const child = startChild('pgbouncer', [...account, config], { env: { PATH }, cwd: directory })
  await child.waitForOutput(/process up/)
  return `postgresql://anybody@127.0.0.1:${free}/${name}`
}

/** It refuses to run as root; and the socket of an embedded server is its owner's alone. */
function unprivileged(host: string): string {
  const owner = host.startsWith('/') ? statSync(host).uid : 0
  return owner === 0 ? 'nobody' : execFileSync('id', ['-nu', String(owner)], { encoding: 'utf8' }).trim()
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
