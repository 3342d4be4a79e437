// PostgreSQL itself is restarted, or killed, while 200 tasks run: the processes stay, and so does what they have done.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createPool } from '../../src/db/pool.ts'
import { taskproc } from '../support/cli.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { dataParent } from '../support/memory.ts'
import { serving } from './serving.ts'
import { become, expectSound, notes, put, rows } from './table.ts'

it.each([
  ['is restarted', 'stop'],
  ['is killed', 'kill'],
] as const)('goes on when PostgreSQL %s while 200 tasks run', async (_, how) => {
  const home = join(tempDir(dataParent()), 'home')
  const db = (...args: string[]) => taskproc(['db', ...args], { env: { TASKPROC_HOME: home } })
  atTestEnd(() => db('stop'))
  const server = (await db('start')).stdout.trim()
  expect(await taskproc(['migrate'], { env: { DATABASE_URL: server } })).toMatchObject({ exitCode: 0 })
  const own = createPool({ url: server, applicationName: 'taskproc test' })
  atTestEnd(() => own.end())
  const { file, lines } = notes()
  const gate = notes()
  const ids = await put(own, { kind: 'gate', payload: { file: gate.file } }, 200)
  const fleet = await Promise.all(
    ['one', 'two'].map((name) =>
      serving(server, { settings: { name, workers: 100, fetchLimit: 100, lease: '10s' } }),
    ),
  )
  await become(own, { in_progress: 200 })
  await Promise.all(fleet.map((process) => process.saw('run.started', { count: 100 })))

  if (how === 'stop') await db('stop')
  else process.kill(JSON.parse((await db('status', '--json')).stdout).pid, 'SIGKILL')
  // They end their work while nobody can hear of it.
  gate.create()
  await Promise.all(fleet.map((process) => process.saw('part.failed')))
  await db('start')
  await become(own, { done: 200 }, { deadlineMs: 30_000 })
  for (const task of await rows(own, ids)) {
    expect(task).toMatchObject({ result: 'through', attempts: 1 })
    // A claim is not durable, so a killed server may have forgotten it: then, and only then, the task runs again.
    if (how === 'stop') expect(task).toMatchObject({ claim_number: 1, crashes: 0 })
  }
  if (how === 'stop') for (const process of fleet) expect(process.logged('run.started')).toHaveLength(100)

  await put(own, { kind: 'count', payload: { file } }, 20)
  await become(own, { done: 220 })
  expect(new Set(lines()).size).toBe(20)
  for (const process of fleet) process.signal('SIGTERM')
  for (const process of fleet) expect(await process.exit).toMatchObject({ exitCode: 0 })
  await expectSound(own)
})
