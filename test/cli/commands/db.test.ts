// taskproc db: the embedded PostgreSQL by hand, in a home of its own.
import { expect, it } from 'vitest'
import { taskproc } from '../../support/cli.ts'
import { atTestEnd, tempDir } from '../../support/end.ts'
import { expectRefusal } from '../refusal.ts'

it('starts, says how it stands and where it is, and stops', async () => {
  const cwd = tempDir()
  atTestEnd(() => taskproc(['db', 'stop'], { cwd }))
  const db = (verb: string, ...flags: string[]) => taskproc(['db', verb, ...flags], { cwd })

  expect((await db('status')).stdout).toMatch(/^state +not running\nhome +.*\.taskproc\n$/)
  expectRefusal(
    await db('url'),
    1,
    /^error: the embedded PostgreSQL of .* does not run$/,
    /^Run: taskproc db start$/,
  )
  expect((await db('stop')).stdout).toBe('was not running\n')

  const started = await db('start')
  expect(started).toMatchObject({
    exitCode: 0,
    stderr: '',
    stdout: expect.stringMatching(/^postgresql:\/\/.*\n$/),
  })
  expect((await db('url')).stdout).toBe(started.stdout)
  expect((await db('start')).stdout).toBe(started.stdout)
  // Others come and go, and it stays.
  expect((await taskproc(['migrate'], { cwd })).exitCode).toBe(0)
  expect((await db('status')).stdout).toMatch(/^state +running, until db stop$/m)
  const status = JSON.parse((await db('status', '--json')).stdout)
  expect(status).toMatchObject({ running: true, kept: true, url: started.stdout.trim() })

  expect((await db('stop')).stdout).toBe('stopped\n')
  expect(JSON.parse((await db('status', '--json')).stdout)).toMatchObject({
    running: false,
    url: null,
    pid: null,
  })
})
