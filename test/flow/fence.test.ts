// A frozen process: its tasks run elsewhere after its lease, and what it writes when it comes back is refused.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { serving } from './serving.ts'
import { become, expectSound, processesNamed, put, row } from './table.ts'

const { url, pool } = await testDatabase()
/** Of those that freeze. */
const lease = '2s'

it.each([
  // Blocking, its result is there before the process looks at its lease: it is sent, and refused.
  ['sends a late result', { kind: 'block', payload: { ms: 2_000 } }],
  // The process notices first, and aborts it: the claim that it gives back is not its own any more.
  ['stops what it ran', { kind: 'hang', payload: { ms: 2_000 } }],
])('is refused when it was frozen for longer than its lease and %s', async (_, task) => {
  await pool.query('delete from taskproc.tasks')
  const name = `frozen at ${task.kind}`
  const [id] = await put(pool, task)
  const frozen = await serving(url, { settings: { name, lease } })
  await frozen.saw('run.started')
  frozen.signal('SIGSTOP')
  const other = await serving(url)
  await become(pool, { done: 1 }, { deadlineMs: 20_000 })
  const before = await row(pool, id)
  expect(before).toMatchObject({ attempts: 1, crashes: 1, claim_number: 2 })

  frozen.signal('SIGCONT')
  await frozen.saw('settle.lost', { matches: (line) => line['task'] === id && line['claim_number'] === 1 })
  await frozen.saw('lease.lost')
  expect(await row(pool, id), 'finished once').toEqual(before)

  // It goes on under a new row, and can do all that it could before.
  other.signal('SIGTERM')
  await other.exit
  const [next] = await put(pool, { kind: 'echo', payload: 'again' })
  await frozen.saw('settle.written', { matches: (line) => line['task'] === next })
  expect(await processesNamed(pool, name)).toMatchObject([{ state: 'lost' }, { state: 'running' }])
  frozen.signal('SIGTERM')
  expect(await frozen.exit).toMatchObject({ exitCode: 0 })
  expect(frozen.logged('process.stopped')).toMatchObject([{ lost: 1, done: 1 }])
  await expectSound(pool)
})

it('does not come back as two when its name was taken while it was frozen', async () => {
  await pool.query('delete from taskproc.tasks')
  const settings = { name: 'one of us' }
  const frozen = await serving(url, { settings: { ...settings, lease } })
  frozen.signal('SIGSTOP')
  const heir = await serving(url, { settings })
  frozen.signal('SIGCONT')
  const [id] = await put(pool, { kind: 'echo', payload: 'for the heir' })
  await heir.saw('settle.written', { matches: (line) => line['task'] === id })
  await frozen.saw('part.failed', { matches: (line) => /is alive already/.test(line.msg) })
  expect(await processesNamed(pool, 'one of us')).toMatchObject([{ state: 'lost' }, { state: 'running' }])

  // The name is free again: so is the way back.
  heir.signal('SIGTERM')
  expect(await heir.exit).toMatchObject({ exitCode: 0 })
  const [later] = await put(pool, { kind: 'echo', payload: 'for the one that came back' })
  await frozen.saw('settle.written', { matches: (line) => line['task'] === later })
  frozen.signal('SIGTERM')
  expect(await frozen.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})

it('stops at a signal also while it is fenced and cannot come back', async () => {
  const settings = { name: 'shut out', drainTimeout: '2s' }
  const frozen = await serving(url, { settings: { ...settings, lease } })
  frozen.signal('SIGSTOP')
  const heir = await serving(url, { settings })
  frozen.signal('SIGCONT')
  await frozen.saw('part.failed')
  frozen.signal('SIGTERM')
  expect((await frozen.exit).signal).toBeNull()
  heir.signal('SIGTERM')
  expect(await heir.exit).toMatchObject({ exitCode: 0 })
  await expectSound(pool)
})
