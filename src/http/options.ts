// What the API is built from, and every limit of it. Everything is given; nothing is read from the environment.
import type { Pool } from '../db/pool.ts'
import type { Emit } from '../task/events.ts'
import type { Log } from '../telemetry/log.ts'

export interface ApiOptions {
  /** Its own, so that requests and engine do not wait for each other's connections. */
  pool: Pool
  /** A direct way to the server, for LISTEN. */
  listenUrl: string
  /** Of the program. */
  version: string
  /** What every request has to show as `Authorization: Bearer`; without one, only requests to a loopback name are served. */
  token?: string | undefined
  /** A task whose process died this often under it is quarantined. */
  crashLimit?: number
  /** Whether DELETE /tasks may empty the store. */
  allowReset?: boolean
  /** Origins of web pages that may call, such as https://ops.example.com. */
  corsOrigins?: readonly string[]
  /** Addresses or networks of proxies whose X-Forwarded-For is believed. */
  trustedProxies?: readonly string[]
  /** Why this process is not ready, beyond what the database says. */
  readiness?: () => readonly string[]
  log: Log
  /** Hears what happens here. */
  emit?: Emit
  /** What /metrics shows. */
  metrics: () => Promise<{ contentType: string; body: string }>
  limits?: Partial<ApiLimits>
}

/** Times in milliseconds, sizes in bytes. */
export type ApiLimits = Readonly<Record<keyof typeof API_LIMITS, number>>

export const API_LIMITS = {
  /** Above the largest batch that makes sense, below what would hold up the event loop for seconds. */
  bodyBytes: 16 * 1024 * 1024,
  /** Of all bodies that are being received or worked on: each costs several times its size as objects. */
  bodiesBytes: 128 * 1024 * 1024,
  /** Of a page of GET /tasks; what is larger is a page of one task. */
  pageBytes: 16 * 1024 * 1024,
  headerBytes: 16 * 1024,
  /** Until the headers are there, and until the whole request is: who writes a byte a second is cut off. */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  /** How often those two are looked at. */
  timeoutCheckMs: 1_000,
  /** From the first byte of a request to its answer; then it is 503. */
  answerTimeoutMs: 30_000,
  /** Above the 60 s for which nginx keeps an idle connection: the client must be the one that closes it. */
  keepAliveMs: 72_000,
  /** A connection on which nothing moves; an answer that nobody reads is cut off by this. */
  silenceTimeoutMs: 120_000,
  connections: 10_000,
  /** In one POST /tasks. */
  tasksPerRequest: 10_000,
  /** Wrong fields that one answer lists; beyond, they are counted. */
  problemsShown: 10_000,
  /** Single tasks that wait for their INSERT; beyond, it is 503. */
  tasksWaiting: 10_000,
  /** How long an unfinished request may go on after `close`. */
  drainTimeoutMs: 10_000,
  /** What a client is told to wait after a 503. */
  retryAfterMs: 1_000,
  /** Wrong tokens from one address: so many at once, then one for each refill. */
  wrongTokens: 20,
  wrongTokenRefillMs: 1_000,
  /** Since an address has shown the right token, for so long it is let in with it whatever others send from there. */
  rightTokenMs: 3_600_000,
  /** Addresses whose tokens are remembered. */
  wrongTokenAddresses: 10_000,
  /** Open GET /events. */
  eventClients: 100,
  /** Between two looks at the table, for all of them together. */
  eventIntervalMs: 1_000,
  /** Tasks that one event names. */
  eventTasks: 1_000,
  /** Running tasks that are looked at again, to see how they end. */
  eventRunning: 5_000,
  /** What is kept for clients that come back with Last-Event-ID. */
  eventsKept: 600,
  eventTasksKept: 50_000,
  /** Of bytes that a client of GET /events has not read yet; then it is dropped. */
  eventBacklogBytes: 1024 * 1024,
  /** Between two comments on a stream on which nothing happens. */
  eventKeepAliveMs: 15_000,
} as const

/** What the routes work with. */
export interface ApiContext extends Omit<ApiOptions, 'limits'> {
  readonly emit: Emit
  readonly limits: ApiLimits
  /** Aborted when the API begins to close: whoever waits for something on behalf of a client answers now. */
  readonly closing: AbortSignal
}
