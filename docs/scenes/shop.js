// A shop whose work is stuck for four reasons, set up for real: a paused queue, a kind that nobody has a handler for, a
// relay that refuses its mails, and a session that holds an old snapshot.
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'

const HANDLERS = `
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Work of so many milliseconds, more or less. */
const work = (ms) => sleep(ms * (0.5 + Math.random()))

async function emails({ to }) {
  await work(120)
  const relay = readFileSync('relay.conf', 'utf8').trim()
  if (relay !== 'mail.example.com') throw new Error('550 5.7.1 relay refused by ' + relay)
  return { to, relay }
}

export default {
  emails,
  reports: async () => { await work(500); return { pages: 14 } },
  thumbnail: async () => { await work(150); return { width: 320 } },
}
`
const DOCTOR_EVERY_MS = 2_000
const DEADLINE_MS = 180_000
const MAIL_EVERY_MS = 400

/** Resolves when doctor sees all of it: `{ env, report, thumbnail, close }`, the ids of one task of each kind. */
export async function openShop({ root, home, env: given }) {
  const programs = join(home, 'bin')
  mkdirSync(programs)
  symlinkSync(join(root, 'bin/taskproc'), join(programs, 'taskproc'))
  writeFileSync(join(home, 'handlers.mjs'), HANDLERS)
  writeFileSync(join(home, 'relay.conf'), 'old-mail.example.com\n')
  const env = { ...given, PATH: `${programs}:${given.PATH}` }
  const taskproc = async (...args) => (await promisify(execFile)('taskproc', args, { cwd: home, env })).stdout

  const url = (await taskproc('db', 'start')).trim()
  await taskproc('migrate')
  const [shop, dashboard] = await Promise.all([connect(url, 'shop'), connect(url, 'dashboard')])

  const many = async (kind, queue, count) => {
    const insert = `select min(id)::int as first from (select taskproc.enqueue($1, jsonb_build_object('n', n), queue => $2) as id
      from generate_series(1, $3) as n) as made`
    return (await shop.query(insert, [kind, queue, count])).rows[0].first
  }
  await many('emails', 'mails', 60)
  const report = await many('reports', 'reports', 40)
  const thumbnail = await many('thumbnails', 'images', 60)
  await many('thumbnail', 'images', 40)
  await taskproc('pause', '--queue', 'reports')
  await dashboard.query('begin isolation level repeatable read')
  await dashboard.query('select status, count(*) from taskproc.tasks group by status')

  const serve = ['serve', '--name', 'worker-1', '--workers', '8', '--handlers', 'handlers.mjs']
  const worker = spawn('taskproc', serve, { cwd: home, env, stdio: 'ignore' })
  const orders = setInterval(() => mail(shop), MAIL_EVERY_MS)

  async function close() {
    clearInterval(orders)
    const ended = new Promise((resolve) => worker.once('close', resolve))
    worker.kill()
    await ended
    await Promise.allSettled([dashboard.end(), shop.end()])
    await taskproc('db', 'stop')
  }
  try {
    await untilSeen(taskproc, ['old snapshot', 'nobody serves it', 'paused queue', 'error rate'])
  } catch (thrown) {
    await close()
    throw thrown
  }
  return { env, report, thumbnail, close }
}

async function connect(url, application_name) {
  const client = new pg.Client({ connectionString: url, application_name })
  // It is meant to be terminated.
  client.on('error', () => {})
  await client.connect()
  return client
}

function mail(shop) {
  const to = `customer-${Math.floor(Math.random() * 9_000) + 1_000}@example.com`
  shop.query(`select taskproc.enqueue('emails', $1, queue => 'mails')`, [{ to }]).catch(() => {})
}

/** An old snapshot is one of a minute. */
async function untilSeen(taskproc, names) {
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    const answer = await taskproc('doctor', '--json').catch((failed) => failed.stdout)
    const { findings } = JSON.parse(answer)
    const missing = names.filter((name) => !findings.some((finding) => finding.name === name))
    if (missing.length === 0) return
    if (performance.now() > deadline) throw new Error(`doctor does not find: ${missing.join(', ')}`)
    await sleep(DOCTOR_EVERY_MS)
  }
}
