// A handler that ends its process by accident: serve says why, and never calls that a success.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { taskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'

const { url, pool } = await testDatabase()
const cwd = tempDir()
await writeFile(
  join(cwd, 'handlers.mjs'),
  `export default {
  timer: () => new Promise(() => setTimeout(() => { throw new Error('thrown in a timer') }, 10)),
  floating: () => { Promise.reject(new Error('rejected afloat')); return new Promise(() => {}) },
  exits: () => process.exit(0),
}`,
)

it.each([
  ['timer', /thrown in a timer.*handlers\.mjs/],
  ['floating', /rejected afloat.*handlers\.mjs/],
])('names the error of a %s that nobody awaited, in two lines', async (kind, message) => {
  const { exitCode, stderr } = await serveOne(kind)
  expect(exitCode).toBe(1)
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(message)
})

it('does not let a handler that calls process.exit(0) look like a drain', async () => {
  expect((await serveOne('exits')).exitCode).toBe(1)
})

async function serveOne(kind: string) {
  await pool.query('delete from taskproc.tasks')
  await pool.query('insert into taskproc.tasks (kind) values ($1)', [kind])
  return taskproc(['serve', '--handlers', 'handlers.mjs'], { env: { DATABASE_URL: url }, cwd })
}
