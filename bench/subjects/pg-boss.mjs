// pg-boss: work() with large batches and burst mode, woken by NOTIFY; and with its defaults.
import { fileURLToPath } from 'node:url'
import { PgBoss } from 'pg-boss'
import { withClient } from '../database.mjs'

const WORKER = fileURLToPath(new URL('../workers/pg-boss.mjs', import.meta.url))
const QUEUE = 'noop'
const INSERT_ROWS = 10_000

const TUNED = {
  boss: { useListenNotify: true },
  work: { batchSize: 500, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5, localConcurrency: 2 },
}
const DEFAULTS = { boss: {}, work: {} }

export const pgBoss = {
  name: 'pg-boss',
  settings: { tuned: JSON.stringify(TUNED), defaults: '(none: 1 job every 2 seconds)' },
  /** It works until it is told to stop. */
  neverEnds: true,

  async prepare(url, variant) {
    const boss = await start(url)
    await boss.createQueue(QUEUE, variant === 'tuned' ? { notify: true } : {})
    await boss.stop()
  },

  async load(url, total) {
    const boss = await start(url)
    for (let first = 0; first < total; first += INSERT_ROWS) {
      const rows = Math.min(INSERT_ROWS, total - first)
      await boss.insert(
        QUEUE,
        Array.from({ length: rows }, (_, index) => ({ data: { n: first + index } })),
      )
    }
    await boss.stop()
  },

  worker(url, variant) {
    const options = variant === 'tuned' ? TUNED : DEFAULTS
    return { args: [WORKER, JSON.stringify({ url, queue: QUEUE, ...options })], env: {} }
  },

  async check(url) {
    return withClient(url, async (client) => {
      const { rows } = await client.query(
        `select count(*) filter (where state = 'completed')::integer as done,
                count(*) filter (where state <> 'completed')::integer as unfinished
         from pgboss.job where name = $1`,
        [QUEUE],
      )
      return rows[0]
    })
  },

  async sender(url) {
    const boss = await start(url)
    return {
      send: (n) => boss.send(QUEUE, { n }),
      sendMany: (ns) =>
        boss.insert(
          QUEUE,
          ns.map((n) => ({ data: { n } })),
        ),
      close: () => boss.stop(),
    }
  },
}

/** One that only sends: it does not maintain, schedule or poll. */
async function start(url) {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false })
  boss.on('error', () => {})
  await boss.start()
  return boss
}
