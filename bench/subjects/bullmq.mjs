// BullMQ on its PostgreSQL backend.
import { fileURLToPath } from 'node:url'
import { createPostgresBackend, Queue, runMigrations } from 'bullmq'
import { withClient } from '../database.mjs'

const WORKER = fileURLToPath(new URL('../workers/bullmq.mjs', import.meta.url))
const QUEUE = 'noop'
const INSERT_ROWS = 1000

const TUNED = { workers: 1, options: { concurrency: 16 }, connections: 16 }
const DEFAULTS = { workers: 1, options: {}, connections: undefined }

export const bullmq = {
  name: 'BullMQ (PostgreSQL)',
  settings: { tuned: JSON.stringify(TUNED), defaults: '(none: one job at a time)' },
  neverEnds: true,

  async prepare(url) {
    await withClient(url, (client) => runMigrations(client))
  },

  async load(url, total) {
    const { sendMany, close } = await this.sender(url)
    for (let first = 0; first < total; first += INSERT_ROWS) {
      const rows = Math.min(INSERT_ROWS, total - first)
      await sendMany(Array.from({ length: rows }, (_, index) => first + index))
    }
    await close()
  },

  worker(url, variant) {
    const options = variant === 'tuned' ? TUNED : DEFAULTS
    return { args: [WORKER, JSON.stringify({ url, queue: QUEUE, ...options })], env: {} }
  },

  async check(url) {
    const queue = open(url)
    const counts = await queue.getJobCounts()
    await queue.close()
    const { completed, ...others } = counts
    return { done: null, unfinished: Object.values(others).reduce((sum, count) => sum + count, 0) }
  },

  async sender(url) {
    const queue = open(url)
    await queue.waitUntilReady()
    return {
      send: (n) => queue.add('noop', { n }),
      sendMany: (ns) => queue.addBulk(ns.map((n) => ({ name: 'noop', data: { n } }))),
      close: () => queue.close(),
    }
  },
}

function open(url) {
  return new Queue(QUEUE, { connection: url }, createPostgresBackend)
}
