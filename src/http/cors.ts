// CORS: which web pages of other origins may read answers. None, unless configured.
import type { FastifyRequest } from 'fastify'

const PREFLIGHT_SECONDS = 600

type Request = Pick<FastifyRequest, 'method' | 'headers'>

/** The headers for web pages of `origins`, and the answers to their preflights. */
export function createCors(origins: readonly string[]) {
  const isAllowed = ({ headers: { origin } }: Request): boolean =>
    origin !== undefined && origins.includes(origin)

  return {
    headersFor: (request: Request): Record<string, string> => {
      if (origins.length === 0) return {}
      if (!isAllowed(request)) return { vary: 'origin' }
      return {
        vary: 'origin',
        'access-control-allow-origin': String(request.headers.origin),
        'access-control-expose-headers': 'location, retry-after',
        'cross-origin-resource-policy': 'cross-origin',
      }
    },
    /** The question whether a request may be sent; it comes without a token. */
    isPreflight: (request: Request): boolean =>
      request.method === 'OPTIONS' &&
      isAllowed(request) &&
      request.headers['access-control-request-method'] !== undefined,
    preflightHeaders: (methods: readonly string[]): Record<string, string> => ({
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': 'authorization, content-type, last-event-id',
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    }),
  }
}
