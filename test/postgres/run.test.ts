import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startOf } from '../../src/postgres/processes.ts'
import { run } from '../../src/postgres/run.ts'
import { tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'

const account = { prefix: [] }

it('gives the status and both streams of a program', async () => {
  const args = ['-c', 'echo out; echo err >&2; exit 3']
  const { code, output } = await run({ account, file: '/bin/sh', args, cwd: '/' })
  expect(code).toBe(3)
  expect(output.split('\n').sort()).toEqual(['', 'err', 'out'])
})

it('gives a program nothing of our environment', async () => {
  const { output } = await run({ account, file: '/usr/bin/env', args: [], cwd: '/' })
  expect(output).not.toContain('HOME=')
  expect(output).not.toContain('VITEST')
})

it('says why a program could not be started', async () => {
  const missing = join(tempDir(), 'missing')
  expect(await run({ account, file: missing, args: [], cwd: '/' })).toMatchObject({
    code: undefined,
    spawnError: 'ENOENT',
  })
})

it('kills a program and its children on an abort', async () => {
  const file = join(tempDir(), 'pids')
  const abort = new AbortController()
  const reason = new Error('enough')
  const args = ['-c', `sleep 1000 & echo $! $$ > ${file}.new; mv ${file}.new ${file}; wait`]
  const running = run({ account, file: '/bin/sh', args, cwd: '/' }, abort.signal)
  running.catch(() => {})
  const pids = await eventually('the program runs', () =>
    readFileSync(file, 'utf8').trim().split(' ').map(Number),
  )
  abort.abort(reason)
  await expect(running).rejects.toBe(reason)
  for (const pid of pids) await eventually('its end', () => startOf(pid) === undefined)
})
