// stats --watch off a terminal: refused without --json, and with it a document in each interval.
import { expect, it } from 'vitest'
import { startProxy } from '../../flow/proxy.ts'
import { spawnTaskproc, taskproc } from '../../support/cli.ts'
import { testDatabase } from '../../support/database.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }
const STREAM = ['stats', '--watch', '--json', '--interval', '200ms']

it('needs a terminal, and says what works without one', async () => {
  const { exitCode, stdout, stderr } = await taskproc(['stats', '--watch'], { env })
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr.trimEnd().split('\n')).toEqual([
    'error: stats --watch needs a terminal',
    expect.stringContaining('taskproc stats --watch --json'),
  ])
})

it.each([
  [['--watch', '--json', '--interval', '100ms'], /--interval: must be a time from 200ms to 1h.*got "100ms"/],
  [['--interval', '1s'], /--interval: it is for --watch/],
])('refuses %j', async (args, sentence) => {
  const { exitCode, stderr } = await taskproc(['stats', ...args], { env })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(sentence)
  expect(stderr.trimEnd().split('\n')).toHaveLength(2)
})

it('writes a line in each interval, until Ctrl+C', async () => {
  const child = spawnTaskproc(STREAM, { env })
  await child.waitForOutput(/\n.*\n/)
  await pool.query(`insert into taskproc.tasks (kind) values ('later')`)
  await child.waitForOutput(/"pending":1/)
  child.signal('SIGINT')
  const { exitCode, stderr, lines } = await child.exit
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const documents = lines.map((line) => JSON.parse(line))
  expect(documents[0]).toMatchObject({ tasks: { pending: 0 }, throughput: { window_seconds: 60 } })
  expect(documents.at(-1)).toMatchObject({ tasks: { pending: 1 } })
})

it('ends well when nobody reads any more', async () => {
  const child = spawnTaskproc(STREAM, { env })
  await child.waitForOutput(/\n/)
  child.closeOutput()
  expect(await child.exit).toMatchObject({ exitCode: 0, stderr: '' })
})

it('says once that the database is away, and goes on when it is back', async () => {
  const proxy = await startProxy(url)
  const child = spawnTaskproc(STREAM, { env: { DATABASE_URL: proxy.url } })
  await child.waitForOutput(/\n/)
  proxy.down()
  await child.waitForOutput(/the database is away: /)
  proxy.up()
  await child.waitForOutput(/the database answers again\n/)
  await child.waitForOutput(/again\n.*\n$/)
  child.signal('SIGTERM')
  const { exitCode, stderr } = await child.exit
  expect(exitCode).toBe(1)
  expect(stderr.match(/is away/g)).toHaveLength(1)
})
