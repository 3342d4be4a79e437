// The README is true: its curl lines are answered as it says, one after the other, by a real API.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { apiProcess } from '../flow/api-process.ts'
import { testDatabase } from '../support/database.ts'

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
const CURL_LINES = README.split('\n').filter((line) => line.startsWith('curl '))
const HAS_CURL = spawnSync('curl', ['--version']).status === 0

it.skipIf(!HAS_CURL)('each curl line is answered with what it is about', async () => {
  const { url, pool } = await testDatabase()
  const { port } = await apiProcess(url)
  const run = (line: string) => {
    const command = line.replaceAll('localhost:8080', `127.0.0.1:${port}`)
    const { status, stdout } = spawnSync('sh', ['-c', `${command} --fail-with-body --max-time 30`])
    expect({ line, status, stdout: String(stdout) }).toMatchObject({ status: 0 })
    return JSON.parse(String(stdout)) as Record<string, unknown>
  }
  const answers = CURL_LINES.map(run)
  const task = { id: 1, kind: 'reverse', payload: 'hello' }
  expect(answers).toMatchObject([
    { ...task, status: 'pending' },
    task,
    { items: [task], next: null },
    { ...task, status: 'cancelled' },
    { ...task, status: 'pending' },
    { tasks: { pending: 1 } },
    { tasks: [{ ...task, status: 'in_progress', claim_number: 1 }] },
  ])
  const { rows } = await pool.query('select status from taskproc.tasks')
  expect(rows).toEqual([{ status: 'in_progress' }])
})
