// A `taskproc api` under test, as a process of its own.
import type { Child } from '../support/child.ts'
import { spawnTaskproc } from '../support/cli.ts'

export interface ApiProcess extends Child {
  /** Where it listens, such as http://127.0.0.1:40123. */
  readonly url: string
  readonly port: number
}

/** Resolves when it listens, on a free port of 127.0.0.1. */
export async function apiProcess(
  database: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ApiProcess> {
  const child = spawnTaskproc(['api', '--port', '0'], { env: { DATABASE_URL: database, ...env } })
  const [, url = '', port] = await child.waitForOutput(/"url":"(http:\/\/127\.0\.0\.1:(\d+))"/)
  return { ...child, url, port: Number(port) }
}
