// The rule of the floors holds in src/, and the checker that says so can say no.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { floorProblems } from './support/floors.ts'

const SRC = join(import.meta.dirname, '../src')

it('every file of src/ imports from its own folder or from a floor below', () => {
  const files = readSources()
  expect(files.size).toBeGreaterThan(20)
  expect(floorProblems(files)).toEqual([])
})

it.each([
  ['prom-client', 'telemetry/metrics/registry.ts'],
  ['@opentelemetry/api', 'telemetry/trace.ts'],
])('%s is known to one file', (name, file) => {
  const users = [...readSources()].filter(([, source]) => source.includes(`'${name}'`)).map(([path]) => path)
  expect(users).toEqual([file])
})

describe('the checker', () => {
  const tree: Record<string, string> = {
    'errors.ts': `export class ExpectedError extends Error {}`,
    'main.ts': `import { run } from './cli/run.ts'; run()`,
    'cli/run.ts': `import { Engine } from '../engine/engine.ts'; export const run = () => process.env['HOME']`,
    'engine/engine.ts': `import { claim } from '../db/claim.ts'; export const Engine = claim`,
    'engine/beat-thread.ts': `import { claim } from '../db/claim.ts'; claim()`,
    'engine/part.ts': `import type { claim } from '../db/claim.ts'; export type Part = typeof claim`,
    'handlers/context.ts': `import type pg from 'pg'; export type Client = pg.Client`,
    'http/server.ts': `export const server = 1`,
    'db/claim.ts': `import { ExpectedError } from '../errors.ts'; import { sql } from './sql.ts'; export const claim = () => sql`,
    'db/sql.ts': `import pg from 'pg'; export const sql = pg`,
    'handlers/deep/one.ts': `import type { Task } from '../../task/task.ts'; export const one = (t: Task) => t`,
    'task/task.ts': `export interface Task { env: string }`,
  }

  it('finds nothing wrong in a tree that keeps the rule', () => {
    expect(problemsWith({})).toEqual([])
  })

  it.each([
    ['upwards', 'task/task.ts', `import { claim } from '../db/claim.ts'`, 'imports db/claim.ts, upwards'],
    [
      'upwards, for a type',
      'task/task.ts',
      `import type { claim } from '../db/claim.ts'`,
      'imports db/claim.ts, upwards',
    ],
    [
      'upwards, exporting it again',
      'db/sql.ts',
      `export * from '../engine/part.ts'`,
      'imports engine/part.ts, upwards',
    ],
    [
      'upwards, on demand',
      'db/sql.ts',
      `await import('../engine/part.ts')`,
      'imports engine/part.ts, upwards',
    ],
    [
      'upwards, in back quotes',
      'db/sql.ts',
      'await import(`../engine/part.ts`)',
      'imports engine/part.ts, upwards',
    ],
    [
      'upwards, inside a type',
      'db/sql.ts',
      `type P = import('../engine/part.ts').Part`,
      'imports engine/part.ts, upwards',
    ],
    [
      'upwards, for a thread',
      'db/sql.ts',
      `new URL('../engine/part.ts', import.meta.url)`,
      'imports engine/part.ts, upwards',
    ],
    ['sideways', 'http/server.ts', `import '../engine/engine.ts'`, 'imports engine/engine.ts, sideways'],
    [
      'sideways, from deep',
      'handlers/deep/one.ts',
      `import '../../db/sql.ts'`,
      'imports db/sql.ts, sideways',
    ],
    [
      'the store from a part',
      'engine/part.ts',
      `import '../db/claim.ts'`,
      'imports db/claim.ts, which engine.ts should hand to it',
    ],
    ['anything from the leaf', 'errors.ts', `import './task/task.ts'`, 'imports task/task.ts, but is a leaf'],
    ['what does not exist', 'db/sql.ts', `import './gone.ts'`, 'imports db/gone.ts, which does not exist'],
    [
      'what is outside',
      'db/sql.ts',
      `import '../../test/x.ts'`,
      'imports ../../test/x.ts, which is outside of src/',
    ],
    ['the driver of the database', 'engine/part.ts', `import pg from 'pg'`, 'imports pg, which is for db/'],
  ])('refuses to import %s', (_, path, source, problem) => {
    expect(problemsWith({ [path]: source })).toEqual([`${path} ${problem}`])
  })

  it.each([
    [`process.env['HOME']`, 'uses process.env, which only bin/ and cli/ may'],
    [`process['env']`, 'uses process.env, which only bin/ and cli/ may'],
    [`process.exit(1)`, 'uses process.exit, which only bin/ and cli/ may'],
    [`process.on('SIGINT', () => {})`, 'uses process.on, which only bin/ and cli/ may'],
    [`const { env } = process`, 'uses process, renamed, which only bin/ and cli/ may'],
    [`import { env } from 'node:process'`, 'uses the module node:process, which only bin/ and cli/ may'],
  ])('refuses %s below the command line', (source, problem) => {
    expect(problemsWith({ 'db/sql.ts': source })).toEqual([`db/sql.ts ${problem}`])
    expect(problemsWith({ 'cli/other.ts': source })).toEqual([])
  })

  it('refuses a folder or a file without a floor', () => {
    expect(problemsWith({ 'utils/x.ts': '', 'version.ts': '' })).toEqual([
      'utils/x.ts is in no folder that has a floor',
      'version.ts is in no folder that has a floor',
    ])
  })

  it('does not mind what stands in a comment or in a text', () => {
    const source = `// import '../engine/engine.ts', process.env\nexport const said = "import('../engine/engine.ts')"`
    expect(problemsWith({ 'db/sql.ts': source })).toEqual([])
  })

  it('refuses a barrel and a file that is too long', () => {
    expect(problemsWith({ 'db/index.ts': `export * from './sql.ts'` })).toEqual([
      'db/index.ts is a barrel; import the file that has it',
    ])
    expect(problemsWith({ 'db/sql.ts': '//\n'.repeat(250) })).toEqual([])
    expect(problemsWith({ 'db/sql.ts': '//\n'.repeat(251) })).toEqual([
      'db/sql.ts has 251 lines, more than 250',
    ])
  })

  function problemsWith(changes: Record<string, string>): string[] {
    return floorProblems(new Map(Object.entries({ ...tree, ...changes })))
  }
})

function readSources(): Map<string, string> {
  const entries = readdirSync(SRC, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  return new Map(
    files.map((file) => {
      const path = join(file.parentPath, file.name)
      return [relative(SRC, path).replaceAll(sep, '/'), readFileSync(path, 'utf8')]
    }),
  )
}
