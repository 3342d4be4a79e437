// A real nginx in front of API processes, with the configuration that we ship: only ports and places are others.
import { accessSync, constants, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { cleanEnv } from './cli.ts'
import { tempDir } from './end.ts'
import { eventually } from './eventually.ts'

const FLEET = join(import.meta.dirname, '../../fleet')

/** Debian installs it where only root looks. */
export function findNginx(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, 'nginx')).find(isExecutable)
}

export interface Nginx extends Child {
  readonly url: string
}

/** Resolves when it passes requests on to one of these three `ports`. */
export async function startNginx(file: string, ports: readonly number[]): Promise<Nginx> {
  const dir = tempDir()
  const port = await freePort()
  const config = readFileSync(join(FLEET, 'nginx-local.conf'), 'utf8')
    .replace(/\b127\.0\.0\.1:808([0-3])\b/g, (_, place) => `127.0.0.1:${[port, ...ports][Number(place)]}`)
    .replaceAll(' /tmp/', ` ${dir}/`)
  writeFileSync(join(dir, 'nginx-local.conf'), config)
  copyFileSync(join(FLEET, 'server.conf'), join(dir, 'server.conf'))
  const args = ['-e', 'stderr', '-c', join(dir, 'nginx-local.conf')]
  const child = startChild(file, args, { env: cleanEnv(), cwd: dir })
  const url = `http://127.0.0.1:${port}`
  await eventually('nginx answers', async () => (await fetch(`${url}/healthz`)).ok).catch((thrown) => {
    throw new Error(`${thrown}\n${child.output()}`)
  })
  return { ...child, url }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Free a moment ago: nginx cannot be told to take any. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
