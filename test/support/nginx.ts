// A real nginx in front of API processes, with the configuration of the repository: only addresses and places are others.
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { type Child, startChild } from './child.ts'
import { cleanEnv } from './cli.ts'
import { tempDir } from './end.ts'
import { eventually } from './eventually.ts'

const CONFIG = join(import.meta.dirname, '../../fleet/nginx.conf')

/** Debian installs it where only root looks. */
export function findNginx(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, 'nginx')).find(isExecutable)
}

export interface Nginx extends Child {
  readonly url: string
}

/** Resolves when it passes requests on to one of `ports`. */
export async function startNginx(file: string, ports: readonly number[]): Promise<Nginx> {
  const dir = tempDir()
  const port = await freePort()
  const config = readFileSync(CONFIG, 'utf8')
    .replace('listen 8080;', `listen 127.0.0.1:${port};`)
    .replaceAll(' /tmp/', ` ${dir}/`)
  writeFileSync(join(dir, 'nginx.conf'), config)
  const servers = ports.map((each) => `  server 127.0.0.1:${each} max_fails=1 fail_timeout=5s;\n`)
  writeFileSync(join(dir, 'upstream.conf'), `upstream taskproc {\n${servers.join('')}  keepalive 32;\n}\n`)
  const child = startChild(file, ['-p', dir, '-c', join(dir, 'nginx.conf')], { env: cleanEnv(), cwd: dir })
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
