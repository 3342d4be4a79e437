// The driver, loaded without what it loads on Node 20 only to see where it runs.
import { createRequire } from 'node:module'

/**
 * Where there is no `navigator`, as on Node 20, pg makes a Response of fetch to see that it is not in a Cloudflare worker.
 * That loads all of fetch: 20 ms of processor time in each thread that has a connection, a tenth of a short command. So
 * it gets the navigator that later versions have, until it is loaded.
 */
export function loadDriver(): typeof import('pg') {
  const require = createRequire(import.meta.url)
  if ('navigator' in globalThis) return require('pg')
  const navigator = { userAgent: 'Node.js' }
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
  try {
    return require('pg')
  } finally {
    Reflect.deleteProperty(globalThis, 'navigator')
  }
}
