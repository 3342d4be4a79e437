// Bodies: JSON in UTF-8, of a bounded size, and of a bounded size together.
import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { clip } from '../task/limits.ts'
import { errorText } from '../task/outcome.ts'
import type { ApiLimits } from './options.ts'
import { Refusal, unavailable } from './problem.ts'

const SHOWN_CHARS = 200
/** A small body could become any size. */
const ENCODED = 'The body has to be sent as it is, without a Content-Encoding.'

/** Sets how `app` reads a body: an empty one is undefined. */
export function readBody(app: FastifyInstance, { bodyBytes, bodiesBytes, retryAfterMs }: ApiLimits): void {
  let heldBytes = 0
  app.addHook('onRequest', (request, reply, done) => {
    const bytes = announcedBytes(request, bodyBytes)
    if (bytes === 0 || bytes > bodyBytes) return done()
    if (heldBytes + bytes > bodiesBytes)
      return done(unavailable('Too many large bodies are being received at once.', retryAfterMs))
    heldBytes += bytes
    // Also when the client hangs up.
    reply.raw.once('close', () => {
      heldBytes -= bytes
    })
    done()
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, ({ headers }, body, done) => {
    const { 'content-encoding': encoding = 'identity' } = headers
    if (encoding.toLowerCase() !== 'identity') return done(new Refusal(415, ENCODED), undefined)
    try {
      done(null, parseJson(body as Buffer))
    } catch (thrown) {
      done(thrown as Error, undefined)
    }
  })
}

/** One that comes in chunks may become as large as any. */
function announcedBytes({ headers }: FastifyRequest, bodyBytes: number): number {
  if (headers['transfer-encoding'] !== undefined) return bodyBytes
  return Number(headers['content-length'] ?? 0)
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined
  // Otherwise it would be stored with replacement characters in it.
  if (!isUtf8(body)) throw new Refusal(400, 'The body is not UTF-8.')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (thrown) {
    throw new Refusal(400, `The body is not JSON: ${clip(errorText(thrown), SHOWN_CHARS)}.`)
  }
}
