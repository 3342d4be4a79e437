// One process of pg-boss, until SIGTERM.
import { PgBoss } from 'pg-boss'
import { work } from '../effects.mjs'

const { url, queue, boss: options, work: workOptions } = JSON.parse(process.argv[2])
const boss = new PgBoss({ connectionString: url, ...options })
boss.on('error', () => {})
await boss.start()
await boss.work(queue, workOptions, async (jobs) => {
  for (const { data } of jobs) {
    const waiting = work(data.n)
    if (waiting) await waiting
  }
})
process.once('SIGTERM', async () => {
  await boss.stop({ graceful: true, timeout: 10_000 })
  process.exit(0)
})
