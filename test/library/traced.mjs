// A program with OpenTelemetry and an engine, for the tests: inside of one span it enqueues tasks, then runs them.
import { context, trace } from '@opentelemetry/api'
import pg from 'pg'
import { createEngine, enqueue } from 'taskproc'

const [databaseUrl] = process.argv.slice(2)
const tracer = trace.getTracer('program')
const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })

const engine = createEngine({
  databaseUrl,
  untilEmpty: true,
  fetchInterval: '100ms',
  handlers: {
    first: async (payload, { task }) => {
      await new Promise((resolve) => setImmediate(resolve))
      tracer.startActiveSpan('inner', (span) => span.end())
      if (payload === 'spawn') await enqueue(pool, { kind: 'second' })
      return task.traceparent
    },
    second: () => {
      throw new TypeError('the second one fails')
    },
    hang: () => new Promise(() => {}),
  },
})
const parent = tracer.startSpan('program')
await context.with(trace.setSpan(context.active(), parent), async () => {
  await enqueue(pool, { kind: 'first', payload: 'spawn', queue: 'mails', maxAttempts: 1 })
  await enqueue(pool, [{ kind: 'first' }, { kind: 'hang', timeout: 50, maxAttempts: 1 }])
})
parent.end()
// In nobody's trace, and in that of somebody else.
await enqueue(pool, { kind: 'first', payload: 'alone' })
await enqueue(pool, {
  kind: 'first',
  payload: 'other',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
})
// Whatever is active here is not where the runs belong.
await tracer.startActiveSpan('starter', async (span) => {
  await engine.start()
  span.end()
})
await engine.finished
await pool.end()
