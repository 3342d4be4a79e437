// Without a DATABASE_URL in a directory where no embedded database is: nothing is made by looking, and each error says where.
import { readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { embeddedPlace } from '../../src/cli/watch/place.ts'
import { taskproc } from '../support/cli.ts'
import { atTestEnd, tempDir } from '../support/end.ts'
import { expectRefusal } from './refusal.ts'

const HINT =
  /^To make one here, run: taskproc migrate; or, if your tasks are elsewhere, set DATABASE_URL or TASKPROC_HOME$/

describe('where no database was made', () => {
  it.each([
    ...['list', 'stats', 'stats --watch --json', 'show 1', 'why 1', 'logs 1', 'verify', 'doctor', 'pause'],
    ...['retry 1', 'cancel 1', 'prune --older-than 1d --yes', 'schedule list', 'migrate --status'],
    ...['migrate --dry-run', 'api', 'seed', 'serve', 'enqueue reverse', 'bench race'],
  ])('%s makes none', async (command) => {
    const cwd = realpathSync(tempDir())
    const problem = `error: there is no embedded database in ${join(cwd, '.taskproc')} yet`
    expectRefusal(await taskproc(command.split(' '), { cwd }), 1, new RegExp(`^${problem}$`), HINT)
    expect(readdirSync(cwd)).toEqual([])
  })
})

it('names the embedded database that has no schema, and what may be meant', async () => {
  const cwd = realpathSync(tempDir())
  atTestEnd(() => taskproc(['db', 'stop'], { cwd }))
  await taskproc(['db', 'start'], { cwd })
  const finished = await taskproc(['list'], { cwd })
  const problem = `error: the embedded database in ${join(cwd, '.taskproc')} has no taskproc schema`
  const hint = /^Run: taskproc migrate; or, if your tasks are elsewhere, set DATABASE_URL or TASKPROC_HOME$/
  expectRefusal(finished, 1, new RegExp(`^${problem}$`), hint)
})

it('is called by the end of its path on the live screen', () => {
  const place = (home: string, cwd: string) => embeddedPlace(home, { cwd, env: { HOME: '/home/ada' } })
  expect(place('.taskproc', '/home/ada/shop')).toBe('embedded PostgreSQL in ~/shop/.taskproc')
  expect(place('/srv/tasks', '/home/ada')).toBe('embedded PostgreSQL in /srv/tasks')
  expect(place('.taskproc', '/home/ada/a/b/shop')).toBe('embedded PostgreSQL in …/b/shop/.taskproc')
})
