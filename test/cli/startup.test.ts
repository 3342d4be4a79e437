// `taskproc --version` is as fast as node: what a command needs is loaded when that command runs.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const MAIN = join(import.meta.dirname, '../../src/main.ts')

/** The packages that are loaded with `file`, by its static imports and theirs; types are not loaded. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  if (seen.has(file)) return packages
  seen.add(file)
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^']*? from '([^']+)'$/gm,
  )) {
    const found = name.startsWith('.') ? packagesOf(join(dirname(file), name), seen) : [name]
    for (const each of found) packages.add(each)
  }
  return packages
}

it('loads nothing before a command runs but commander and what node brings', () => {
  const packages = [...packagesOf(MAIN)].filter((name) => !name.startsWith('node:'))
  expect(packages).toEqual(['commander'])
})
