// Without a DATABASE_URL: the program brings its own PostgreSQL, shares it between processes, and takes it away again.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { spawnTaskproc, taskproc } from '../support/cli.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { dataParent } from '../support/memory.ts'
import { serve } from './serving.ts'

/** A project of its own: a directory, and the server in it stopped at the end. */
function project(): { cwd: string; env: Record<string, string>; status: () => Promise<Status> } {
  const cwd = tempDir(dataParent())
  const env = { TASKPROC_HOME: join(cwd, 'home') }
  atTestEnd(() => taskproc(['db', 'stop'], { cwd, env }))
  const status = async (): Promise<Status> =>
    JSON.parse((await taskproc(['db', 'status', '--json'], { cwd, env })).stdout)
  return { cwd, env, status }
}

interface Status {
  readonly running: boolean
  readonly pid: number | null
}

it('starts one server for six processes that come at once, and the last one out stops it', async () => {
  const { cwd, env, status } = project()
  const finished = await Promise.all(Array.from({ length: 6 }, () => taskproc(['migrate'], { cwd, env })))
  for (const each of finished) expect(each).toMatchObject({ exitCode: 0 })
  expect(
    finished.filter(({ stdout }) => stdout.includes('applied')),
    'one of them migrated',
  ).toHaveLength(1)
  expect(finished.filter(({ stderr }) => stderr.includes('started the embedded'))).toHaveLength(1)
  expect(await status()).toMatchObject({ running: false, pid: null })

  const seeded = await taskproc(['seed', '--count', '4'], { cwd, env })
  expect(seeded).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('4 tasks') })
  const processes = Array.from({ length: 2 }, () => spawnTaskproc(['serve', '--until-empty'], { cwd, env }))
  for (const { exit } of processes) expect(await exit).toMatchObject({ exitCode: 0 })
  const { tasks } = JSON.parse((await taskproc(['stats', '--json'], { cwd, env })).stdout)
  expect(tasks).toMatchObject({ pending: 0, in_progress: 0 })
  expect(tasks.done + tasks.error).toBe(4)
  expect(await status()).toMatchObject({ running: false })
})

it('goes on serving when its server was killed and somebody has started it again', async () => {
  const { cwd, env, status } = project()
  await taskproc(['migrate'], { cwd, env })
  // An empty DATABASE_URL is an unset one.
  const process = serve('', { cwd, env, settings: { fetchInterval: '1s' } })
  await process.saw('listen.connected')
  const { pid } = await status()
  globalThis.process.kill(pid ?? 0, 'SIGKILL')
  await process.saw('part.failed')
  const seeded = await eventually(
    'the server is up again',
    async () => {
      const finished = await taskproc(['seed', '--count', '1', '--kind', 'noop'], { cwd, env })
      return finished.exitCode === 0 && finished
    },
    { deadlineMs: 30_000 },
  )
  expect(seeded.stdout).toContain('1 task')
  await process.saw('settle.written')
  process.signal('SIGTERM')
  expect(await process.exit).toMatchObject({ exitCode: 0 })
  expect(await status()).toMatchObject({ running: false })
})
