// The API server: the framework with our limits, the guard in front, the routes behind, and an end that drains.
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { readBody } from './body.ts'
import { createBrokenAnswers } from './broken.ts'
import { documentation } from './documentation.ts'
import { refusalOf, TOO_LONG } from './failures.ts'
import { guard } from './guard.ts'
import { watchInFlight } from './in-flight.ts'
import { type Address, listenError, requireGuard } from './listening.ts'
import { API_LIMITS, type ApiContext, type ApiLimits, type ApiOptions } from './options.ts'
import { PROBLEM_TYPE, problemDocument, Refusal, unavailable } from './problem.ts'
import { acts } from './routes/acts.ts'
import { beats } from './routes/beats.ts'
import { claims } from './routes/claims.ts'
import { events } from './routes/events.ts'
import { health } from './routes/health.ts'
import { list } from './routes/list.ts'
import { metrics } from './routes/metrics.ts'
import { openapi } from './routes/openapi.ts'
import { root } from './routes/root.ts'
import { settlements } from './routes/settlements.ts'
import { stats } from './routes/stats.ts'
import { task } from './routes/task.ts'
import { tasks } from './routes/tasks.ts'
import { validatorCompiler } from './validation.ts'

export interface Api {
  /** Begins to answer; resolves with the address that it has. Throws an ExpectedError where it cannot, or must not without a token. */
  listen(address: Address): Promise<Address>
  /**
   * Takes no connections any more, ends streams and long polls, finishes the requests in flight, and cuts off what has not ended
   * after `drainTimeoutMs`. Safe twice.
   */
  close(): Promise<void>
  /** Cuts off what `close` waits for. */
  abort(): void
  /** How many requests are being answered. */
  readonly inFlight: number
}

/** Each is a fastify plugin, and answers for one resource. */
const ROUTES = [
  root,
  tasks,
  list,
  task,
  acts,
  claims,
  beats,
  settlements,
  events,
  stats,
  metrics,
  health,
  openapi,
]

/** Builds an API that does not listen. Nothing is read or opened before `listen`. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const closing = new AbortController()
  const limits: ApiLimits = { ...API_LIMITS, ...options.limits }
  const context: ApiContext = { emit: () => {}, ...options, limits, closing: closing.signal }
  const app = createApp(context)
  const inFlight = watchInFlight(app, limits, (reply) =>
    send(reply, unavailable(TOO_LONG, limits.retryAfterMs)),
  )
  app.addHook('onResponse', (request, { statusCode: status, elapsedTime: tookMs }, done) => {
    context.emit('http.answered', {
      ...{ method: request.method, route: request.routeOptions.url ?? null },
      ...{ status, tookMs },
    })
    done()
  })
  guard(app, context)
  readBody(app, limits)
  await documentation(app, options.version, options.token !== undefined)
  for (const route of ROUTES) await app.register(route(context))
  await app.ready()

  async function listen(wanted: Address): Promise<Address> {
    requireGuard(wanted, options.token)
    await app.listen({ host: wanted.host, port: wanted.port }).catch((thrown: unknown) => {
      throw listenError(thrown, wanted) ?? thrown
    })
    app.server.maxConnections = limits.connections
    const { address, port: taken } = app.server.address() as AddressInfo
    return { host: address, port: taken }
  }

  let closed: Promise<void> | undefined
  async function close(): Promise<void> {
    closing.abort(new Refusal(503, 'This process is stopping.', { headers: { 'retry-after': '1' } }))
    const timer = setTimeout(() => app.server.closeAllConnections(), limits.drainTimeoutMs)
    await app.close().finally(() => clearTimeout(timer))
  }

  return {
    listen,
    close: () => {
      closed ??= close()
      return closed
    },
    abort: () => app.server.closeAllConnections(),
    get inFlight() {
      return inFlight.size
    },
  }
}

function createApp(context: ApiContext): FastifyInstance {
  const { note, answerBroken } = createBrokenAnswers()
  const { limits, log, trustedProxies = [] } = context
  const app = Fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionTimeout: limits.silenceTimeoutMs,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    // What comes on an open connection while we close is answered like any other, and closes it.
    return503OnClosing: false,
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckMs,
    },
    routerOptions: { maxParamLength: MAX_PARAM_CHARS },
    clientErrorHandler: (error, socket) => answerBroken(error, socket),
    frameworkErrors: (error, request, reply) =>
      send(reply, refusalOf(error, request, log, limits.retryAfterMs)),
  })
  app.server.on('request', note)
  app.setValidatorCompiler(validatorCompiler)
  // Documents come out of the database or are made here: the tests compare them with their schema, not each answer.
  app.setSerializerCompiler(() => (document) => JSON.stringify(document))
  app.setErrorHandler((thrown, request, reply) =>
    send(reply, refusalOf(thrown, request, log, limits.retryAfterMs)),
  )
  return app
}

/** A name of 128 characters, each in four bytes of `%F0`. */
const MAX_PARAM_CHARS = 128 * 12

function send(reply: FastifyReply, refusal: Refusal): FastifyReply {
  // The framework would cut off a client that still sends its body, and with it the answer: the rest is read and thrown away.
  reply.removeHeader('connection')
  return reply
    .code(refusal.statusCode)
    .headers(refusal.headers)
    .type(PROBLEM_TYPE)
    .send(problemDocument(refusal))
}
