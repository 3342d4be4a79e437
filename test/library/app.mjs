// A program with an engine inside, for the tests: it does what its arguments say, and prints what it sees as JSON lines.
import { createEngine, defineHandlers, migrate } from 'taskproc'

const [databaseUrl, what] = process.argv.slice(2)
const say = (...line) => process.stdout.write(`${JSON.stringify(line)}\n`)

const engine = createEngine({
  databaseUrl,
  workers: 2,
  fetchInterval: '100ms',
  drainTimeout: '10s',
  name: 'app',
  handlers: defineHandlers({
    echo: (payload) => payload,
    slow: (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  }),
  ...(what === 'events' && {
    onEvent(name, event) {
      say(name)
      if (name === 'settle.written') say(event.settlement.verb)
      if (name === 'run.started') throw new Error('a listener with a fault')
    },
  }),
})

if (what === 'unstarted') engine.drain()
try {
  if (what === 'migrate') say('migrated', (await migrate(databaseUrl)).applied.length > 0)
  await engine.start()
  say('started', engine.status().state)
} catch (thrown) {
  say('refused', thrown.name, thrown.message)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection'])
  if (process.listenerCount(signal) > 0) say('listens to', signal)

process.stdin.once('data', (text) => {
  engine[String(text).trim()]()
  process.stdin.destroy()
})
const { aborted, timedOut, totals } = await engine.finished
say('finished', { aborted, timedOut, done: totals.done, released: totals.released })
say(engine.status().state)
process.stdin.destroy()
