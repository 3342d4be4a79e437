// What changes, as a stream (server-sent events): which tasks have another status, and how many there are of each.
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { refusals } from '../documented.ts'
import { Feed, type FeedListener } from '../events/feed.ts'
import { Streams } from '../events/streams.ts'
import type { Look, Position } from '../events/watcher.ts'
import type { ApiContext } from '../options.ts'
import { noQuery } from '../schemas.ts'

const ABOUT = `A stream of server-sent events, each with JSON as its data:
\`tasks\` {"at", "tasks": [{"id", "status", "queue", "kind", "attempts", "claim_number", "updated_at"}], "more"}: tasks
that have another status than a second ago, each once with what it is now; \`more\` says that more have changed than are listed.
\`counts\` {"pending", "in_progress", "done", "error", "cancelled"}: when they have changed, seldom where counting is slow.
\`ready\` {}: you hear everything from here on.
\`missed\` {"detail"}: what has changed since Last-Event-ID is not known any more: read what you need with GET /tasks.
It is a hint and no ledger: statuses that last less than a second, deletions, and what was committed more than ten seconds
after it began are not told. A client that does not read is dropped.
Reconnect with Last-Event-ID: what changed meanwhile is told again by any process that has looked at the table all that time.
A process looks while somebody listens there and for a minute after that, and remembers the last ten minutes at least, or less
where more than 50,000 tasks changed. One that did not look meanwhile, such as another one behind a balancer to which nobody
listens, or one that was started since, answers \`missed\`, however short the time was.`

export function events(context: ApiContext): FastifyPluginAsyncZod {
  const { limits, closing } = context
  return async (app) => {
    const feed = new Feed(context)
    const streams = new Streams(context)
    app.get(
      '/events',
      {
        exposeHeadRoute: false,
        schema: {
          summary: 'What changes, as it happens',
          description: ABOUT,
          tags: ['this installation'],
          querystring: noQuery,
          headers: z.object({ 'last-event-id': z.string().optional() }),
          response: {
            200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
            ...refusals(400, 503),
          },
        },
      },
      async ({ headers }, reply) => {
        if (closing.aborted) throw closing.reason
        streams.take(reply.raw)
        await feed.ready()
        if (reply.raw.destroyed) return void reply.hijack()
        const { write } = streams.begin(reply)
        const listener: FeedListener = {
          tasks: (look) => write(tasksText(look)),
          counts: (counts) => write(`event: counts\ndata: ${JSON.stringify(counts)}\n\n`),
        }
        reply.raw.once('close', () => feed.leave(listener))
        write(`retry: ${RECONNECT_MS}\n\n`)
        const { at, missed } = feed.join(listener, positionOf(headers['last-event-id']))
        const replay = missed?.map(tasksText).join('')
        const isTooMuch = replay === undefined || replay.length > limits.eventBacklogBytes / 2
        write(isTooMuch ? MISSED : replay)
        // An event of its own, so that a client that is cut off before anything changes can go on from here.
        write(`id: ${at}\nevent: ready\ndata: {}\n\n`)
      },
    )
  }
}

const RECONNECT_MS = 2_000
const MISSED = `event: missed\ndata: ${JSON.stringify({ detail: 'What has changed since then is not known any more.' })}\n\n`

function tasksText({ at, tasks, more }: Look): string {
  const data = JSON.stringify({ at: new Date(at / 1000).toISOString(), tasks, more })
  return `id: ${at}\nevent: tasks\ndata: ${data}\n\n`
}

/** What is no position of ours is one of long ago. */
function positionOf(lastEventId: string | undefined): Position | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined
  return /^\d{1,16}$/.test(lastEventId) ? Number(lastEventId) : 0
}
