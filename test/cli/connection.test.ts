// A database that cannot be reached or entered, and output that nobody reads to its end, through the real binary.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { BINARY, cleanEnv, taskproc } from '../support/cli.ts'
import { testDatabase, withDatabase } from '../support/database.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { expectRefusal } from './refusal.ts'

const { url, pool } = await testDatabase()
const empty = await testDatabase({ migrated: false })

describe.each(['migrate', 'seed', 'serve', 'stats'])('%s', (command) => {
  it('says that the connection is refused, without the password', async () => {
    // Port 9 (discard) answers nobody.
    const env = { DATABASE_URL: 'postgres://me:hush@127.0.0.1:9/db' }
    const finished = await taskproc([command], { env })
    const problem =
      /^error: cannot use the database at postgres:\/\/me:\*\*\*@127\.0\.0\.1:9\/db: .*ECONNREFUSED/
    expectRefusal(finished, 1, problem, /^Check that PostgreSQL runs there/)
  })

  it('says that the password is wrong', async () => {
    const port = await refusingServer('28P01', 'password authentication failed for user "me"')
    const env = { DATABASE_URL: `postgres://me:hush@127.0.0.1:${port}/db` }
    const finished = await taskproc([command], { env })
    expectRefusal(
      finished,
      1,
      /^error: cannot use .*password authentication failed/,
      /password in DATABASE_URL/,
    )
    expect(finished.stderr).not.toContain('hush')
  })

  it('says that the database does not exist', async () => {
    const finished = await taskproc([command], {
      env: { DATABASE_URL: withDatabase(url, 'no_such_database') },
    })
    expectRefusal(
      finished,
      1,
      /^error: cannot use .*no_such_database.* does not exist/,
      /^Create the database/,
    )
  })
})

it.each(['seed', 'serve', 'stats'])('%s says that the schema is missing', async (command) => {
  const finished = await taskproc([command], { env: { DATABASE_URL: empty.url } })
  expectRefusal(finished, 1, /^error: the database has no taskproc schema$/, /^Run: taskproc migrate$/)
})

it.each(['migrate', 'seed', 'serve', 'stats', 'db start'])(
  '%s says that the home cannot be used',
  async (command) => {
    const home = join(tempDir(), 'home')
    await writeFile(home, 'a file where a directory should be')
    const finished = await taskproc(command.split(' '), { env: { TASKPROC_HOME: home } })
    expectRefusal(finished, 1, /^error: the embedded PostgreSQL cannot use .*home: /, /TASKPROC_HOME/)
  },
)

const UNUSABLE: readonly (readonly [string, string, RegExp])[] = [
  ['in a file', '/dev/null/home', /: a part of the path is no directory$/],
  ['with a name that is too long', `${'x'.repeat(300)}/home`, /: the path is too long$/],
  ...(process.platform === 'linux'
    ? ([['in /proc', '/proc/no/home', /: nothing can be made there$/]] as const)
    : []),
]

it.each(UNUSABLE)('says why a home %s cannot be made', async (_, home, reason) => {
  const finished = await taskproc(['migrate'], { env: { TASKPROC_HOME: home } })
  expectRefusal(finished, 1, reason, /TASKPROC_HOME/)
})

it('ends quietly when its output is closed early', async () => {
  await pool.query(
    `insert into taskproc.tasks (queue, kind) select 'queue ' || n, 'k' from generate_series(1, 4000) n`,
  )
  const run = promisify(execFile)
  for (const command of ['stats', 'stats --json', '--help']) {
    const script = `{ "$0" ${command}; echo "status $?" >&2; } | head -1`
    const { stdout, stderr } = await run('sh', ['-c', script, BINARY], {
      env: cleanEnv({ DATABASE_URL: url }),
      cwd: tempDir(),
    })
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toBe('status 0\n')
  }
})

/** Speaks just enough of PostgreSQL's protocol to refuse everybody: a server with passwords cannot be counted on here. */
async function refusingServer(code: string, message: string): Promise<number> {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`
      const head = Buffer.alloc(5)
      head.write('E')
      head.writeInt32BE(4 + Buffer.byteLength(fields), 1)
      socket.end(Buffer.concat([head, Buffer.from(fields)]))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atTestEnd(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
