// Enqueueing single tasks over HTTP by 50 clients: one `taskproc api` beside the bare framework that answers from memory,
// and beside a loop of bare INSERTs through a pool of the same size. Interleaved rounds on one server; ratios are what counts.
//
//   npm ci && npm ci --prefix bench && node bench/http.mjs [--rounds 3] [--seconds 5]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { migrate } from '../dist/library.js'
import { openServer } from './cluster.mjs'
import { settleDown, withClient, withDatabase } from './database.mjs'
import { median, percentile, ratio } from './numbers.mjs'

const CLIENTS = 50
/** As many connections as an API process has for its work. */
const POOL = 4
const WARM_UP_MS = 1_000
const BODY = JSON.stringify({ kind: 'noop', payload: { to: 'ada@example.com' } })
const BINARY = fileURLToPath(new URL('../bin/taskproc', import.meta.url))
const BARE = fileURLToPath(new URL('workers/bare-fastify.mjs', import.meta.url))

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '5' } },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

/** Each runs `use(send)`, where `send` enqueues one task and resolves when that is answered. */
const SUBJECTS = {
  'taskproc api': (url, use) =>
    withListener([BINARY, 'api', '--port', '0'], { DATABASE_URL: url, LOG_LEVEL: 'info' }, use),
  'bare framework': (_url, use) => withListener([BARE], {}, use),
  'bare INSERT': async (url, use) => {
    const pool = new pg.Pool({ connectionString: url, max: POOL })
    const insert = 'insert into taskproc.tasks (kind, payload) values ($1, $2) returning *'
    try {
      await use(() => pool.query(insert, ['noop', { to: 'ada@example.com' }]))
    } finally {
      await pool.end()
    }
  },
}

const server = await openServer()
const runs = Object.fromEntries(Object.keys(SUBJECTS).map((name) => [name, []]))
try {
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of Object.keys(SUBJECTS)) {
      const run = await measure(name)
      runs[name].push(run)
      process.stderr.write(
        `round ${round}: ${name} ${Math.round(run.perSecond)}/s, p99 ${run.p99.toFixed(1)} ms\n`,
      )
    }
  }
} finally {
  await server.stop()
}
report()

/** One round of one subject. What was answered has to be in the table. */
function measure(name) {
  return withDatabase(server, async (url) => {
    await migrate(url)
    await settleDown(url)
    let run
    await SUBJECTS[name](url, async (send) => {
      await load(send, WARM_UP_MS)
      run = await load(send, seconds * 1_000)
    })
    if (name === 'bare framework') return run
    const { rows } = await withClient(url, (client) =>
      client.query('select count(*)::integer as n from taskproc.tasks'),
    )
    if (rows[0].n < run.answered)
      throw new Error(`${name}: ${run.answered} answered, ${rows[0].n} in the table`)
    return run
  })
}

/** A closed loop: each client sends its next one when the last was answered. */
async function load(send, forMs) {
  const startedMs = performance.now()
  const waits = []
  const client = async () => {
    for (;;) {
      const sentMs = performance.now()
      if (sentMs - startedMs > forMs) return
      await send()
      waits.push(performance.now() - sentMs)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  const tookSeconds = (performance.now() - startedMs) / 1_000
  return {
    answered: waits.length,
    perSecond: waits.length / tookSeconds,
    p50: percentile(waits, 0.5),
    p99: percentile(waits, 0.99),
  }
}

/** A process that says where it listens in the first line of JSON with a `url`. */
async function withListener(args, env, use) {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const ended = once(child, 'exit')
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  try {
    const url = await listening(child)
    await use(() => post(url, agent))
  } finally {
    agent.destroy()
    child.kill('SIGTERM')
    await ended
  }
}

async function listening(child) {
  const lines = createInterface({ input: child.stderr })
  for await (const line of lines) {
    const [, url] = /"url":"(http:[^"]+)"/.exec(line) ?? []
    if (url === undefined) continue
    child.stderr.resume()
    return url
  }
  throw new Error('it ended before it listened')
}

function post(url, agent) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(BODY) }
    const sent = request(`${url}/tasks`, { method: 'POST', agent, headers }, (answer) => {
      if (answer.statusCode !== 201) reject(new Error(`answered ${answer.statusCode}`))
      answer.resume().on('end', resolve)
    })
    sent.on('error', reject)
    sent.end(BODY)
  })
}

function report() {
  const of = (name, key) => runs[name].map((run) => run[key])
  const lines = Object.keys(SUBJECTS).map((name) => {
    const beside = (key) => ratio(of('taskproc api', key), of(name, key))?.median.toFixed(2) ?? '-'
    const own = [
      median(of(name, 'perSecond')).toFixed(0),
      median(of(name, 'p50')).toFixed(1),
      median(of(name, 'p99')).toFixed(1),
    ]
    return `| ${name} | ${own.join(' | ')} | ${beside('perSecond')} | ${beside('p99')} |`
  })
  const header =
    '| 50 clients | tasks/s | p50 ms | p99 ms | taskproc api : this, tasks/s | p99 |\n|---|--:|--:|--:|--:|--:|'
  process.stdout.write(`${header}\n${lines.join('\n')}\n`)
}
