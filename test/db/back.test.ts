// Tasks that are pending again where they were: who waits for work is told that a look from the front is due.
import { beforeEach, expect, it } from 'vitest'
import { enqueue } from '../../src/db/enqueue.ts'
import type { Hearing } from '../../src/db/listen.ts'
import { listen } from '../../src/db/listen.ts'
import { pause, resume } from '../../src/db/queues.ts'
import { declareDead, rescue } from '../../src/db/rescue.ts'
import { settle } from '../../src/db/settle.ts'
import { fallAsleep, wakeUp } from '../../src/db/sleepers.ts'
import { releaseStrays } from '../../src/db/strays.ts'
import type { TaskId } from '../../src/task/task.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { addClaimed, addProcess, deleteAll } from './fixtures.ts'

const { url, pool } = await testDatabase()
const heard: string[] = []
const hearing: Hearing = {
  onWork: (queue) => void heard.push(`work ${queue}`),
  onBack: (queue) => void heard.push(`back ${queue}`),
  onCancel: () => {},
}
await listen({ url, applicationName: 'test' }, pool, hearing)
let sleeper: TaskId
let me: TaskId

beforeEach(async () => {
  await deleteAll(pool)
  sleeper = await addProcess(pool)
  me = await addProcess(pool)
  await fallAsleep(pool, sleeper, null, 60_000)
})

async function heardDuring(act: () => Promise<unknown>): Promise<string[]> {
  heard.length = 0
  await act()
  await pool.query(`select pg_notify('taskproc_work', 'mark')`)
  await eventually('what comes behind it', () => heard.at(-1) === 'work mark')
  return heard.slice(0, -1).toSorted()
}

const release = async () => {
  const claims = await addClaimed(pool, me, 2)
  await settle(
    pool,
    'me',
    claims.map((claim) => ({ claim, settlement: { verb: 'release' }, tookMs: null })),
  )
}

it.each<[string, () => Promise<unknown>]>([
  ['are released', release],
  ['were strays', () => addClaimed(pool, me, 2).then(() => releaseStrays(pool, me, []))],
  [
    'are rescued',
    async () => {
      await addClaimed(pool, me, 2)
      await declareDead(pool, me)
      await rescue(pool, 3, 10)
    },
  ],
])('is told when they %s, once for a queue', async (_, act) => {
  expect(await heardDuring(act)).toEqual(['back default', 'work default'])
})

it('is told when a queue goes on', async () => {
  await pause(pool, 'mail')
  expect(await heardDuring(() => resume(pool, 'mail'))).toEqual(['back mail', 'work mail'])
  await pause(pool, null)
  expect(await heardDuring(() => resume(pool, null))).toEqual(['back ', 'work '])
})

it('is not told of new work, and nobody is told who does not sleep', async () => {
  expect(await heardDuring(() => enqueue(pool, [{ kind: 'noop' }]))).toEqual(['work default'])
  await wakeUp(pool, sleeper)
  expect(await heardDuring(release)).toEqual([])
})
