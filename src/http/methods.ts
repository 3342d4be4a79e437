// Which methods a path has, for the answer to a request with another one.
import type { FastifyInstance } from 'fastify'

/** Watches the routes that are added from now on. The returned function gives the methods of a URL, or undefined where there is nothing. */
export function methodsOf(app: FastifyInstance): (url: string) => string[] | undefined {
  const patterns = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const known = patterns.get(url) ?? { pattern: patternOf(url), methods: new Set() }
    for (const each of [method].flat()) known.methods.add(each)
    patterns.set(url, known)
  })
  return (url) => {
    const path = url.split(/[?#]/, 1)[0] ?? url
    const found = [...patterns.values()].filter(({ pattern }) => pattern.test(path))
    if (found.length === 0) return undefined
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort()
  }
}

/** `/tasks/:id/logs` matches any one segment in place of `:id`; a trailing `*` matches the rest. */
function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+'
    return segment === '*' ? '.*' : segment.replace(/[^\w-]/g, '\\$&')
  })
  return new RegExp(`^${segments.join('/')}$`)
}
