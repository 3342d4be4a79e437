// PgBouncer in front of the test's server, as Debian ships it.
import { execFileSync, spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'vitest'
import { startChild } from '../support/child.ts'
import { tempDir } from '../support/end.ts'
import { partsOf } from './proxy.ts'

/** Debian installs it where only root looks. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`

export interface PoolerSettings {
  poolMode?: 'transaction' | 'session'
  poolSize?: number
}

/** Between the server at `url` and us; its URL. Skips the test where there is none. */
export async function startPgBouncer(
  url: string,
  { skip }: Pick<TestContext, 'skip'>,
  { poolMode = 'transaction', poolSize = 5 }: PoolerSettings = {},
): Promise<string> {
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
    `pool_mode = ${poolMode}`,
    `default_pool_size = ${poolSize}`,
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
