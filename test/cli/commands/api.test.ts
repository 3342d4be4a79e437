// taskproc api and serve --http through the real binary.
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { notes } from '../../flow/table.ts'
import { callPort } from '../../http/api.ts'
import { openStream } from '../../http/stream.ts'
import type { Child } from '../../support/child.ts'
import { HANDLERS, spawnTaskproc, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'
import { atTestEnd } from '../../support/end.ts'
import { eventually } from '../../support/eventually.ts'
import { expectRefusal } from '../refusal.ts'

const { url, pool } = await testDatabase()
const TOKEN = 'correct-horse-battery-staple'

async function portOf(child: Child): Promise<number> {
  const [, port] = await child.waitForOutput(/listens on http:\/\/[^"]*?:(\d+)/)
  return Number(port)
}

function start(args: readonly string[], env: Record<string, string> = {}): Child {
  return spawnTaskproc(args, { env: { DATABASE_URL: url, ...env } })
}

it('api serves until a signal, finishes what it has begun, and exits with 0', async () => {
  const child = start(['api', '--port', '0'])
  const port = await portOf(child)
  const inserted = await callPort(port, undefined, 'POST', '/tasks', { body: { kind: 'mail' } })
  expect(inserted.status).toBe(201)
  const stream = await openStream(port)
  await stream.waitFor('ready')
  // It has to wait for somebody's transaction, and is in flight when the signal comes.
  const client = await pool.connect()
  atTestEnd(() => client.release())
  await client.query(`begin; insert into taskproc.tasks (kind, unique_key) values ('mail', 'held')`)
  const held = callPort(port, undefined, 'POST', '/tasks', { body: { kind: 'mail', unique_key: 'held' } })
  await eventually('it waits', async () => {
    const { rows } = await pool.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows.length > 0
  })
  child.signal('SIGTERM')
  await child.waitForOutput(/received SIGTERM, finishing/)
  await stream.ended
  await client.query('rollback')
  expect((await held).status).toBe(201)
  expect(await child.exit).toMatchObject({ exitCode: 0, stdout: '' })
  expect(child.output()).toContain('the API is closed')
})

it('a second signal cuts off what it still waits for', async () => {
  const child = start(['api', '--port', '0'])
  const port = await portOf(child)
  const client = await pool.connect()
  atTestEnd(() => client.release(true))
  await client.query(`begin; insert into taskproc.tasks (kind, unique_key) values ('mail', 'cut')`)
  const cut = callPort(port, undefined, 'POST', '/tasks', { body: { kind: 'mail', unique_key: 'cut' } })
  const outcome = cut.then(
    () => 'answered',
    () => 'cut off',
  )
  await eventually('it waits', async () => {
    const { rows } = await pool.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows.length > 0
  })
  child.signal('SIGINT')
  await child.waitForOutput(/received SIGINT, finishing/)
  const again = setInterval(() => child.signal('SIGINT'), 300)
  atTestEnd(() => clearInterval(again))
  await child.waitForOutput(/open requests are cut off/)
  clearInterval(again)
  expect(await outcome).toBe('cut off')
  expect(await child.exit).toMatchObject({ exitCode: 0 })
})

it('api says in two lines that its port is in use', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  atTestEnd(() => server.close())
  const port = await eventually('a port', () => (server.address() as { port: number } | null)?.port)
  const finished = await taskproc(['api', '--port', String(port)], {
    env: { DATABASE_URL: url, LOG_LEVEL: 'silent' },
  })
  expectRefusal(
    finished,
    1,
    new RegExp(`^error: cannot listen on 127\\.0\\.0\\.1:${port}: the port is in use$`),
    /^Take another port/,
  )
})

it.each([
  ['api', ['api', '--host', '0.0.0.0']],
  ['api with a name', ['api', '--host', 'example.com']],
  ['serve', ['serve', '--http', '0.0.0.0:8080']],
])('%s refuses to be open to everybody', async (_, args) => {
  const finished = await taskproc(args, { env: { DATABASE_URL: url } })
  expectRefusal(finished, 2, /TASKPROC_API_TOKEN is not set$/, /^Set TASKPROC_API_TOKEN .*127\.0\.0\.1\.$/)
})

it('api listens on every address with a token, and shows the token to nobody', async () => {
  const child = start(['api', '--host', '0.0.0.0', '--port', '0'], {
    TASKPROC_API_TOKEN: TOKEN,
    LOG_LEVEL: 'debug',
  })
  const port = await portOf(child)
  expect((await callPort(port, undefined, 'GET', '/stats', {})).status).toBe(401)
  const headers = { authorization: `Bearer ${TOKEN}` }
  expect((await callPort(port, undefined, 'GET', '/stats', { headers })).status).toBe(200)
  child.signal('SIGTERM')
  await child.exit
  expect(child.output()).not.toContain(TOKEN)
})

it('names every wrong setting, and not what a wrong token was', async () => {
  const finished = await taskproc(
    ['api', '--port', '70000', '--cors-origin', 'https://a/b', '--trust-proxy', 'x/8'],
    {
      env: { TASKPROC_API_TOKEN: 'too short' },
    },
  )
  const problems = ['--port', 'TASKPROC_API_TOKEN', '--cors-origin', '--trust-proxy']
  for (const name of problems) expect(finished.stderr).toContain(`error: ${name}: must `)
  expect(finished).toMatchObject({ exitCode: 2 })
  expect(finished.stderr).not.toContain('too short')
})

it('serve --http runs tasks and answers, and says when it is not ready any more', async () => {
  const child = start(['serve', '--http', '0', '--handlers', HANDLERS, '--drain-timeout', '20'])
  const port = await portOf(child)
  const ask = (path: string) => callPort(port, undefined, 'GET', path, {})
  await eventually('it is ready', async () => (await ask('/readyz')).status === 200)
  const { body } = await callPort(port, undefined, 'POST', '/tasks', { body: { kind: 'echo', payload: 'x' } })
  const { id } = body as { id: number }
  await eventually('it is done', async () => {
    const task = (await ask(`/tasks/${id}`)).body as { status: string }
    return task.status === 'done'
  })
  const gate = notes()
  const payload = { file: gate.file }
  await callPort(port, undefined, 'POST', '/tasks', { body: { kind: 'gate', payload } })
  await child.waitForOutput(/gate #\d+ started/)
  child.signal('SIGTERM')
  await eventually('it is not ready', async () => {
    const answer = await ask('/readyz')
    return answer.status === 503 && answer.text.includes('this process is draining')
  })
  expect((await ask('/healthz')).status).toBe(200)
  gate.create()
  expect(await child.exit).toMatchObject({ exitCode: 0 })
})
