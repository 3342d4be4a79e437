// The thread that beats: on a connection of its own, so that a handler which blocks the event loop for longer than the
// lease keeps its claims. A main thread that is silent for longer than its limit is not covered any more.
import { parentPort, workerData } from 'node:worker_threads'
import { type Beat, beat } from '../db/beat.ts'
import { createClient } from '../db/pool.ts'
import type { TaskId } from '../task/task.ts'
import { monotonicMs } from './clock.ts'
import { Loop } from './loop.ts'

export interface ThreadData {
  url: string
  applicationName: string
  processId: TaskId
  leaseMs: number
  blockedLimitMs: number
  first: Beat
  /** Microseconds of the monotonic clock: [0] when the last beat that counted was sent, [1] when the main thread spoke. */
  shared: BigInt64Array
}

export type FromThread =
  | { type: 'beat'; atUs: number }
  | { type: 'lost' }
  | { type: 'failed'; error: string; retryMs: number }
  | { type: 'recovered' }
  | { type: 'uncovered'; silentMs: number }

const data = workerData as ThreadData
const port = parentPort
if (port === null) throw new Error('heartbeat-thread runs as a worker thread only')
const tell = (message: FromThread) => port.postMessage(message)

let latest = data.first
let client: ReturnType<typeof createClient> | undefined
let isCovered = true

async function connected(): Promise<ReturnType<typeof createClient>> {
  if (client !== undefined) return client
  const fresh = createClient({
    url: data.url,
    applicationName: data.applicationName,
    answerTimeoutMs: data.leaseMs / 3,
    // A connection that is swallowed by the network must leave time for another try.
    connectTimeoutMs: data.leaseMs / 6,
  })
  fresh.on('error', () => {})
  fresh.once('end', () => {
    if (client === fresh) client = undefined
  })
  await fresh.connect()
  client = fresh
  return fresh
}

async function tick(): Promise<number> {
  const silentMs = monotonicMs() - Number(Atomics.load(data.shared, 1)) / 1000
  if (silentMs > data.blockedLimitMs) {
    if (isCovered) tell({ type: 'uncovered', silentMs })
    isCovered = false
    return data.leaseMs / 6
  }
  isCovered = true
  const sentMs = monotonicMs()
  const atUs = await beatOnce()
  if (atUs === null) {
    tell({ type: 'lost' })
    return Number.POSITIVE_INFINITY
  }
  Atomics.store(data.shared, 0, BigInt(Math.round(sentMs * 1000)))
  tell({ type: 'beat', atUs })
  return data.leaseMs / 3
}

async function beatOnce(): Promise<number | null> {
  const connection = await connected()
  try {
    return await beat(connection, data.processId, latest)
  } catch (thrown) {
    // Whatever went wrong, the next try has a connection of its own.
    client = undefined
    connection.end().catch(() => {})
    throw thrown
  }
}

const loop = new Loop({
  name: 'heartbeat',
  tick,
  maxRetryMs: data.leaseMs / 6,
  emit: (name, event) => {
    if (name === 'part.recovered') tell({ type: 'recovered' })
    if (name === 'part.failed' && 'retryMs' in event)
      tell({ type: 'failed', error: event.error, retryMs: event.retryMs })
  },
})

port.on('message', (message: Beat | 'stop') => {
  if (message !== 'stop') {
    latest = message
    return
  }
  void loop.stop().then(async () => {
    await client?.end().catch(() => {})
    port.close()
  })
})
loop.start()
