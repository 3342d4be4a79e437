// A task is followed while it runs: its lines come as they are logged, each once, also over a restart of PostgreSQL.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createPool } from '../../src/db/pool.ts'
import { spawnTaskproc, taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { dataParent } from '../support/memory.ts'
import { serving } from './serving.ts'
import { put } from './table.ts'

/** Logs a line for each file `FILE.1`, `FILE.2` ... that appears, fails at the first `.fail`, and ends at `.done`. */
const TALKER = `
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
export default {
  async talker({ file }, { log, signal, task }) {
    for (let line = 1; ; await sleep(20, undefined, { signal })) {
      if (existsSync(file + '.' + line)) log('line ' + line++)
      if (task.attempt === 1 && existsSync(file + '.fail')) throw new Error('it failed')
      if (existsSync(file + '.done')) return line - 1
    }
  },
}`

function talker(): { handlers: string; file: string; tell(what: string | number): void } {
  const folder = tempDir()
  const handlers = join(folder, 'talker.mjs')
  writeFileSync(handlers, TALKER)
  const file = join(folder, 'file')
  return { handlers, file, tell: (what) => writeFileSync(`${file}.${what}`, '') }
}

const messages = (lines: readonly string[]) => lines.map((line) => line.split(/ {2,}/).slice(2).join(' '))

it('says what a running task logs while it runs, and ends with it', async () => {
  const { url, pool } = await testDatabase()
  const { handlers, file, tell } = talker()
  const [id] = await put(pool, { kind: 'talker', payload: { file }, backoffMs: 50 })
  const following = spawnTaskproc(['logs', String(id), '--follow'], { env: { DATABASE_URL: url } })
  await following.waitForOutput(/enqueued/)
  const process = await serving(url, { handlers, settings: { name: 'one' } })
  await following.waitForOutput(/claimed/)
  tell(1)
  await following.waitForOutput(/line 1/)
  tell('fail')
  await following.waitForOutput(/failed: it failed/)
  await following.waitForOutput(/attempt 2 {2}one {2}claimed/)
  tell(2)
  await following.waitForOutput(/line 2/)
  tell('done')
  const { exitCode, stderr, lines } = await following.exit
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const said = messages(lines).map((line) => line.replace(/ \(ran .*/, ''))
  // Whether it is seen that the second attempt has begun before its first line is logged depends on the moment.
  expect([...new Set(said)]).toEqual(said)
  expect(said.toSorted()).toEqual(
    [
      ...[
        'enqueued',
        'attempt 1 one claimed',
        'attempt 1 one log: line 1',
        'attempt 1 one failed: it failed',
      ],
      ...[
        'attempt 2 one claimed',
        'attempt 2 one log: line 1',
        'attempt 2 one log: line 2',
        'attempt 2 one done',
      ],
    ].toSorted(),
  )
  process.signal('SIGTERM')
  await process.exit
})

it('goes on when PostgreSQL is restarted, with a line about it and none twice', async () => {
  const home = join(tempDir(dataParent()), 'home')
  const db = (...args: string[]) => taskproc(['db', ...args], { env: { TASKPROC_HOME: home } })
  atTestEnd(() => db('stop'))
  const url = (await db('start')).stdout.trim()
  await taskproc(['migrate'], { env: { DATABASE_URL: url } })
  const pool = createPool({ url, applicationName: 'taskproc test' })
  atTestEnd(() => pool.end())
  const { handlers, file, tell } = talker()
  const [id] = await put(pool, { kind: 'talker', payload: { file } })
  const process = await serving(url, { handlers, settings: { name: 'one' } })
  const following = spawnTaskproc(['logs', String(id), '--follow', '--json'], { env: { DATABASE_URL: url } })
  tell(1)
  await following.waitForOutput(/line 1/)
  await db('stop')
  await following.waitForOutput(/the database is away, waiting for it/)
  tell(2)
  await db('start')
  await following.waitForOutput(/line 2/)
  tell('done')
  const { exitCode, stderr, lines } = await following.exit
  expect(exitCode).toBe(0)
  expect(stderr.match(/the database is away/g)).toHaveLength(1)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(lines.map((line) => JSON.parse(line).message)).toEqual([
    ...['enqueued', 'claimed', 'log: line 1', 'log: line 2', 'done'],
  ])
  process.signal('SIGTERM')
  await process.exit
})
