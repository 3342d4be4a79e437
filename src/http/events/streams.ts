// The open streams: bounded in number and in what a client may leave unread, kept alive by one timer, ended together.
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { ApiContext } from '../options.ts'
import { unavailable } from '../problem.ts'

export interface Stream {
  /** Drops the client instead, where it has too much unread. */
  write(text: string): void
}

const HEADERS = {
  'content-type': 'text/event-stream',
  // For nginx, which would hold back what is meant for now.
  'x-accel-buffering': 'no',
}

export class Streams {
  readonly #context: ApiContext
  readonly #open = new Set<ServerResponse>()
  #taken = 0

  constructor(context: ApiContext) {
    this.#context = context
    const { closing, limits } = context
    const timer = setInterval(() => this.#writeAll(': still here\n\n'), limits.eventKeepAliveMs).unref()
    const end = () => {
      clearInterval(timer)
      for (const response of this.#open) response.end()
    }
    closing.addEventListener('abort', end, { once: true })
  }

  /** Takes a place for the client of `response` until it has gone; throws where there is none. */
  take(response: ServerResponse): void {
    const { eventClients, retryAfterMs } = this.#context.limits
    if (this.#taken >= eventClients)
      throw unavailable('Too many clients listen to events here.', retryAfterMs)
    this.#taken += 1
    response.once('close', () => {
      this.#taken -= 1
    })
  }

  /** Begins the answer. From here on the framework has no part in it. */
  begin(reply: FastifyReply): Stream {
    const response = reply.raw
    reply.hijack()
    response.writeHead(200, { ...reply.getHeaders(), ...HEADERS } as Record<string, string>)
    this.#open.add(response)
    response.once('close', () => this.#open.delete(response))
    return { write: (text) => this.#write(response, text) }
  }

  #writeAll(text: string): void {
    for (const response of this.#open) this.#write(response, text)
  }

  #write(response: ServerResponse, text: string): void {
    if (response.writableEnded || response.destroyed) return
    // Before it is written: one event alone may be larger than that.
    if (response.writableLength > this.#context.limits.eventBacklogBytes) response.destroy()
    else response.write(text)
  }
}
