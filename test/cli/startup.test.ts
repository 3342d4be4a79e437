// `taskproc --version` is as fast as node: what a command needs is loaded when that command runs.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const SRC = join(import.meta.dirname, '../../src')

/** The packages that are loaded with `file`, by its static imports, its `require` and theirs; types are not loaded. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  if (seen.has(file)) return packages
  seen.add(file)
  for (const [, imported, required] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^']*? from '([^']+)'$|\brequire\('([^']+)'\)/gm,
  )) {
    const name = imported ?? required ?? ''
    const found = name.startsWith('.') ? packagesOf(join(dirname(file), name), seen) : [name]
    for (const each of found) packages.add(each)
  }
  return packages
}

/** Those that are not node's own. */
function brought(file: string): string[] {
  return [...packagesOf(join(SRC, file))].filter((name) => !name.startsWith('node:')).sort()
}

it('loads nothing before a command runs but commander and what node brings', () => {
  expect(brought('main.ts')).toEqual(['commander'])
})

it.each([
  { command: 'enqueue', packages: ['dotenv', 'pg'] },
  { command: 'stats', packages: ['dotenv', 'pg'] },
  { command: 'list', packages: ['commander', 'dotenv', 'pg', 'string-width'] },
  { command: 'serve', packages: ['croner', 'dotenv', 'p-limit', 'pg'] },
])(
  '$command loads $packages and no more: a log, an API and an embedded server when it needs them',
  ({ command, packages }) => {
    expect(brought(`cli/commands/${command}.ts`)).toEqual(packages)
  },
)
