// Traces of a program with an engine inside: from the span that enqueues to the runs, and to what they call.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { rows } from '../flow/table.ts'
import { startChild } from '../support/child.ts'
import { cleanEnv } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'
import { type Span, tracing } from '../support/spans.ts'

const { url, pool } = await testDatabase()
const APP = join(import.meta.dirname, 'traced.mjs')

async function run(env: Readonly<Record<string, string>>): Promise<void> {
  const child = startChild(process.execPath, [APP, url], { env: cleanEnv(env), cwd: tempDir() })
  const { exitCode, stderr } = await child.exit
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
}

it('puts a run into the trace in which its task was enqueued, and what it does inside of the run', async () => {
  const { env, spans } = tracing()
  await run(env)
  const all = spans()
  const named = (name: string): Span[] => all.filter((span) => span.name === name)
  const [program] = named('program')
  const tasks = await rows(pool)
  const runOf = (payload: unknown, kind = 'first'): Span | undefined => {
    const task = tasks.find((task) => task.kind === kind && task.payload === payload)
    return all.find(({ attributes }) => attributes['messaging.message.id'] === String(task?.id))
  }

  const spawn = runOf('spawn')
  expect(spawn).toMatchObject({
    name: 'taskproc run first',
    kind: 4,
    traceId: program?.traceId,
    parentId: program?.spanId,
    status: { code: 0 },
    attributes: {
      'messaging.system': 'taskproc',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'mails',
      'taskproc.kind': 'first',
      'taskproc.attempt': 1,
      'taskproc.outcome': 'done',
    },
  })
  expect(runOf(null)?.parentId, 'one of many').toBe(program?.spanId)
  expect(named('inner').map(({ parentId }) => parentId)).toContain(spawn?.spanId)
  const handedOn = tasks.find(({ payload }) => payload === 'spawn')?.result
  expect(handedOn, 'what the handler hands on').toBe(`00-${spawn?.traceId}-${spawn?.spanId}-01`)

  // Enqueued by a run, three attempts.
  const failed = named('taskproc run second')
  expect(failed).toHaveLength(3)
  expect(failed.map(({ parentId }) => parentId)).toEqual(Array(3).fill(spawn?.spanId))
  expect(failed[0]).toMatchObject({
    status: { code: 2, message: 'the second one fails' },
    attributes: { 'taskproc.outcome': 'failed' },
    events: [{ name: 'exception', attributes: { 'exception.type': 'TypeError' } }],
  })

  const hung = runOf(null, 'hang')
  expect(hung, 'it has ended although its handler has not').toMatchObject({
    parentId: program?.spanId,
    status: { code: 2, message: 'timed out after 0.05 s' },
  })
  const alone = runOf('alone')
  expect(alone?.parentId).toBeUndefined()
  expect(named('starter').map(({ traceId }) => traceId)).not.toContain(alone?.traceId)
  expect(runOf('other')).toMatchObject({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentId: 'b7ad6b7169203331',
  })
})

it('hands on what the task was enqueued with where there is no SDK', async () => {
  await pool.query('delete from taskproc.tasks')
  await run({})
  const results = (await rows(pool)).filter(({ kind }) => kind === 'first').map(({ result }) => result)
  expect(results).toEqual([null, null, null, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'])
})
