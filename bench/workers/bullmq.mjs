// One process of BullMQ on its PostgreSQL backend, until SIGTERM.
import { createPostgresBackend, Worker } from 'bullmq'
import { work } from '../effects.mjs'

const { url, queue, workers, options, connections } = JSON.parse(process.argv[2])
const connection = connections === undefined ? url : { connectionString: url, max: connections }

const running = Array.from({ length: workers }, () => {
  const worker = new Worker(
    queue,
    async ({ data }) => work(data.n),
    { connection, ...options },
    createPostgresBackend,
  )
  worker.on('error', () => {})
  return worker
})
process.once('SIGTERM', async () => {
  await Promise.all(running.map((worker) => worker.close()))
  process.exit(0)
})
