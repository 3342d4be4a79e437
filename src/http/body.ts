// Bodies: JSON in UTF-8, of a bounded size, and of a bounded size together.
import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { clip } from '../task/limits.ts'
import { errorText } from '../task/outcome.ts'
import type { ApiLimits } from './options.ts'
import { Refusal } from './problem.ts'

const SHOWN_CHARS = 200

/** Sets how `app` reads a body: an empty one is undefined. */
export function readBody(app: FastifyInstance, _limits: ApiLimits): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as Buffer))
    } catch (thrown) {
      done(thrown as Error, undefined)
    }
  })
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
