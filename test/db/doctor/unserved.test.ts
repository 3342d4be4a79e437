// Tasks that nobody serves: doctor finds them and why is asked about one, and both say the same.
import { beforeEach, expect, it } from 'vitest'
import { readWhyFacts } from '../../../src/db/why/why.ts'
import { why } from '../../../src/task/why/why.ts'
import { testDatabase } from '../../support/database.ts'
import { addProcess, addTask, deleteAll } from '../fixtures.ts'
import { diagnose } from './diagnosis.ts'

const database = await testDatabase()
const { pool } = database

beforeEach(() => deleteAll(pool))

/** The steps of either, SQL as SQL. */
async function stepsFor(id: number | string): Promise<{ ofWhy: string[]; ofDoctor: string[] }> {
  const facts = await readWhyFacts(pool, id)
  if (facts === null) throw new Error(`there is no task ${id}`)
  const { next, or } = why(facts, 'psql')
  const [finding] = (await diagnose(database)).named('nobody serves it')
  const ofWhy = [next, or ?? null].flatMap((step) => (step === null ? [] : [unwrapped(step)]))
  return { ofWhy, ofDoctor: finding?.fix.split('\n') ?? [] }
}

function unwrapped(step: string): string {
  const [, sql] = /^psql -c "(.*)"$/.exec(step) ?? []
  return sql === undefined ? step : `${sql};`
}

it.each([
  ['a kind that looks like another', { kind: 'emial' }, { kinds: ['email', 'noop'], queues: null }, 2],
  [
    'a kind that looks like one of another queue',
    { kind: 'emial' },
    { kinds: ['email'], queues: ['other'] },
    2,
  ],
  ['a kind that looks like no other', { kind: "it's new" }, { kinds: ['email'], queues: null }, 1],
  [
    'a queue that nobody serves',
    { kind: 'email', queue: 'mail' },
    { kinds: ['email'], queues: ['mails'] },
    1,
  ],
])('say the same of %s', async (_, task, process, count) => {
  await addProcess(pool, process)
  await addProcess(pool, { kinds: ['unrelated'], queues: ['another', 'mail'] })
  const { ofWhy, ofDoctor } = await stepsFor(await addTask(pool, task))
  expect(ofWhy).toHaveLength(count)
  expect(ofDoctor).toEqual(ofWhy)
})

it('print SQL that a shell hands on as it is', async () => {
  await addProcess(pool, { kinds: ['a$b"c`d'], queues: null })
  const facts = await readWhyFacts(pool, await addTask(pool, { kind: 'a$b"c`e' }))
  if (facts === null) throw new Error('there is no task')
  expect(why(facts, 'psql').next).toBe(
    `psql -c 'update taskproc.tasks set kind = '\\''a$b"c\`d'\\'' where claimable and kind = '\\''a$b"c\`e'\\'''`,
  )
})
