// pgbench: the client that does nothing beside its statements.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Runs `script` so many times in each client, prepared unless `mode` says otherwise. `{ seconds }` is without the time to connect.
 * Throws with what pgbench said where a transaction failed.
 */
export async function pgbench(
  server,
  url,
  script,
  { clients, transactions, mode = 'prepared', variables = {} },
) {
  const directory = mkdtempSync(join(tmpdir(), 'taskproc-bench-pgbench-'))
  const file = join(directory, 'script.sql')
  writeFileSync(file, script)
  const defined = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`])
  try {
    const { stdout } = await run(
      program(server.binaries),
      [
        ...['-n', '-M', mode, '-f', file, '-c', clients, '-j', Math.min(clients, 2), '-t', transactions],
        ...defined,
        url,
      ].map(String),
    ).catch((thrown) => {
      throw new Error(`pgbench: ${/ERROR:.*/.exec(thrown.stderr ?? '')?.[0] ?? thrown.message}`)
    })
    const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
    const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0)
    if (!(perSecond > 0) || failed > 0) throw new Error(stdout)
    return { seconds: (clients * transactions) / perSecond }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function program(binaries) {
  const beside = binaries === null ? 'pgbench' : join(binaries, 'pgbench')
  return existsSync(beside) ? beside : 'pgbench'
}
