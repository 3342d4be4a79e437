// What an embedded database is called on the screen: two of them differ in where they are.
import { resolve } from 'node:path'
import type { Terminal } from '../terminal.ts'

/** Of a path, so many names: what tells one project from another stands at its end. */
const PLACE_NAMES = 3

/** `embedded PostgreSQL in ~/shop/.taskproc` */
export function embeddedPlace(home: string, { cwd, env }: Pick<Terminal, 'cwd' | 'env'>): string {
  const path = resolve(cwd, home)
  const own = env['HOME']
  const short = own !== undefined && path.startsWith(`${own}/`) ? `~${path.slice(own.length)}` : path
  const names = short.split('/')
  const shown = names.length - 1 > PLACE_NAMES ? ['…', ...names.slice(-PLACE_NAMES)] : names
  return `embedded PostgreSQL in ${shown.join('/')}`
}
