// A user's program, compiled and run against the packed package: its types are tested by being written down.
import pg from 'pg'
import {
  createEngine,
  defineHandlers,
  type EngineStatus,
  enqueue,
  type Handler,
  type HandlerContext,
  migrate,
  PermanentError,
  readTask,
  type TaskDocument,
  type TaskId,
} from 'taskproc'
import { z } from 'zod'

const databaseUrl = process.argv[2] ?? ''

const handlers = defineHandlers({
  emails: {
    schema: z.object({ to: z.string() }),
    timeout: '30s',
    handler: async ({ to }, { log, complete }) => {
      log(`to ${to.toUpperCase()}`)
      return complete(async (client) => (await client.query('select 1')).rowCount)
    },
  },
  sums: (payload: { a: number }, { task }) => payload.a + task.attempt,
})

const refuse: Handler<{ reason: string }> = ({ reason }, context: HandlerContext) => {
  throw new PermanentError(`${context.task.kind}: ${reason}`)
}

await migrate(databaseUrl)
const pool = new pg.Pool({ connectionString: databaseUrl })
const client = await pool.connect()
await client.query('begin')
const id: TaskId | null = await enqueue(client, { kind: 'emails', payload: { to: 'ada' }, delay: '1ms' })
await client.query('commit')
client.release()
const ids: (TaskId | null)[] = await enqueue(pool, [
  { kind: 'sums', payload: { a: 1 } },
  { kind: 'refuse', payload: { reason: 'no' }, runAt: new Date() },
])

const events: string[] = []
const engine = createEngine({
  databaseUrl,
  handlers: { ...handlers, refuse },
  workers: 3,
  untilEmpty: true,
  onEvent(name) {
    events.push(name)
  },
})
await engine.start()
const status: EngineStatus = engine.status()
const { totals } = await engine.finished
const tasks: (TaskDocument | null)[] = await Promise.all([id, ...ids].map((one) => readTask(pool, one ?? 0)))
await pool.end()
const seen = tasks.map((task) => task && [task.kind, task.status, task.result, task.error])
process.stdout.write(
  JSON.stringify({ state: status.state, done: totals.done, heard: events.includes('settle.written'), seen }),
)
