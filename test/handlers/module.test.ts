// Handlers from a user's file: a good one gives its kinds, a bad one gives two lines that tell how to mend it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT, ExpectedError } from '../../src/errors.ts'
import { loadHandlers } from '../../src/handlers/module.ts'
import { startChild } from '../support/child.ts'
import { cleanEnv } from '../support/cli.ts'
import { contextOf } from './fixtures.ts'

let folder = ''
let files = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskproc-handlers-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The path of a new module with this text. */
async function fileWith(text: string, extension = 'mjs'): Promise<string> {
  const file = join(folder, `handlers-${++files}.${extension}`)
  await writeFile(file, text)
  return file
}

interface Answer {
  readonly name: string
  readonly message: string
  readonly hint: string
  readonly exitStatus: number
}

/** What the built `loadHandlers` says of each file. In a process of its own: here, Vite would do the imports. */
async function loadInNode(files: readonly string[]): Promise<Answer[]> {
  const built = fileURLToPath(new URL('../../dist/handlers/module.js', import.meta.url))
  const script = `
    const { loadHandlers } = await import(${JSON.stringify(built)})
    const answers = []
    for (const file of process.argv.slice(1)) {
      const { name, message, hint, exitStatus } = await loadHandlers(file).catch((thrown) => thrown)
      answers.push({ name, message, hint, exitStatus })
    }
    console.log(JSON.stringify(answers))`
  const args = ['--input-type=module', '--eval', script, ...files]
  const child = startChild(process.execPath, args, { env: cleanEnv(), cwd: folder })
  const { exitCode, stdout, stderr } = await child.exit
  if (exitCode !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

async function refusal(file: string): Promise<ExpectedError> {
  const thrown = await loadHandlers(file).catch((thrown: unknown) => thrown)
  if (thrown instanceof ExpectedError) return thrown
  throw new Error('it was not refused as expected', { cause: thrown })
}

describe('loadHandlers', () => {
  it('gives a registration for each kind of the default export', async () => {
    const file = await fileWith(
      'export default { mail: (to) => "sent to " + to, async report() { return 1 } }',
    )
    const registry = await loadHandlers(file)
    expect([...registry.keys()]).toEqual(['mail', 'report'])
    expect(registry.get('mail')?.handler('ada', contextOf('mail'))).toBe('sent to ada')
  })

  it('reads TypeScript with everything that Node cannot strip, and what it imports', async () => {
    await writeFile(join(folder, 'address.ts'), 'export enum Domain { Home = "example.com" }')
    const text = `
      import { defineHandlers, PermanentError } from 'taskproc'
      import { Domain } from './address'
      const limit: number = await Promise.resolve(2)
      interface Mail { to: string }
      export default defineHandlers({
        mail: { limit, handler: async ({ to }: Mail) => { throw new PermanentError(\`\${to}@\${Domain.Home}\`) } },
      })`
    const registry = await loadHandlers(await fileWith(text, 'ts'))
    expect(registry.get('mail')).toMatchObject({ limit: 2 })
    await expect(registry.get('mail')?.handler({ to: 'ada' }, contextOf('mail'))).rejects.toMatchObject({
      message: 'ada@example.com',
      permanent: true,
    })
  })

  it.each([
    ['cjs', 'module.exports = { mail() {} }'],
    ['cjs', 'exports.__esModule = true; exports.default = { mail() {} }'],
    ['cts', 'export = { mail() {} }'],
    ['mts', 'export default { mail(): void {} }'],
  ])('reads a .%s file: %s', async (extension, text) => {
    expect([...(await loadHandlers(await fileWith(text, extension))).keys()]).toEqual(['mail'])
  })

  it('takes a path relative to the working directory', async () => {
    const file = await fileWith('export default { mail() {} }')
    expect([...(await loadHandlers(relative(process.cwd(), file))).keys()]).toEqual(['mail'])
  })

  const define = "import { defineHandlers } from 'taskproc'\n"

  const bad: [what: string, extension: string, text: string, reason: RegExp][] = [
    ['has no default export', 'mjs', 'export const mail = () => {}', /exports no handlers/],
    ['has no default export, in TypeScript', 'ts', 'export const mail = () => {}', /exports no handlers/],
    ['exports an empty object', 'mjs', 'export default {}', /exports no handlers/],
    ['exports a function', 'mjs', 'export default () => {}', /exports no handlers/],
    ['exports null', 'mjs', 'export default null', /exports no handlers/],
    [
      'has something else under a kind',
      'mjs',
      'export default { mail: 7 }',
      /the handler of "mail": .*got 7/,
    ],
    [
      'has a wrong option',
      'ts',
      `${define}export default defineHandlers({ mail: { handler() {}, limit: 0 } })`,
      /the handler of "mail": limit must be .*got 0/,
    ],
    ['has a kind without a name', 'mjs', "export default { '': () => {} }", /1 to 128 characters/],
    [
      'throws',
      'mjs',
      "\nthrow new Error('no SMTP_HOST')",
      /throws when it is imported: no SMTP_HOST \(.*-\d+\.mjs:2\)$/,
    ],
    [
      'throws in TypeScript',
      'ts',
      "interface A { b: number }\n\nthrow new Error('no SMTP_HOST')",
      /no SMTP_HOST \(.*:3\)$/,
    ],
    ['throws many lines', 'mjs', "throw new Error('a\\nb\\nc')", /: a b c \(.*:1\)$/],
    ['throws something that is no error', 'mjs', 'throw undefined', /: undefined was thrown$/],
    ['reads bad JSON', 'mjs', "\n\nJSON.parse('oops')", /throws when it is imported: .*JSON \(.*:3\)$/],
    ['is not JavaScript', 'mjs', '\n\nexport default {', /does not compile: .* \(.*\.mjs:3\)$/],
    [
      'is not TypeScript',
      'ts',
      'const a: number = 1\nexport default { mail: (: }',
      /does not compile: .* \(.*\.ts:2\)$/,
    ],
    [
      'imports what its import has not',
      'mjs',
      "import { nothing } from 'node:path'",
      /does not compile: .*nothing/,
    ],
    [
      'imports a file that is not there',
      'mjs',
      "import './gone.mjs'",
      /imports .*gone\.mjs, which is not there \(imported from handlers-\d+\.mjs\)/,
    ],
    [
      'imports a file that is not there, in TypeScript',
      'ts',
      "import './gone'",
      /imports \.\/gone, which is not there \(.*:1\)/,
    ],
    [
      'imports a package that is not there',
      'mjs',
      "import 'no-such-package'",
      /imports no-such-package, which is not there/,
    ],
  ]

  it('refuses a file in any of these ways, in two lines that name it and tell where and what to do', async () => {
    const made = await Promise.all(bad.map(([, extension, text]) => fileWith(text, extension)))
    const answers = await loadInNode(made)
    for (const [index, [what, , , reason]] of bad.entries()) {
      const answer = answers[index]
      expect(answer, what).toMatchObject({ name: 'ExpectedError', exitStatus: EXIT.usage })
      expect(answer?.message, what).toMatch(reason)
      expect(answer?.message, what).toContain(`cannot use the handlers in ${made[index]}: `)
      expect(answer?.message.split('\n'), `${what}: one line for one problem`).toHaveLength(1)
      expect(answer?.hint.length, what).toBeGreaterThan(10)
    }
  })

  it.each(['mjs', 'ts'])('refuses a .%s file that waits for what never comes', async (extension) => {
    const file = await fileWith('await new Promise(() => {})\nexport default {}', extension)
    await expect(loadHandlers(file, 300)).rejects.toMatchObject({
      name: 'ExpectedError',
      message: `cannot use the handlers in ${file}: its import has not ended after 0.3 s`,
      hint: expect.stringContaining('await'),
    })
  })

  it('refuses a file that is not there', async () => {
    const { message, hint } = await refusal(join(folder, 'missing.mjs'))
    expect(message).toContain('missing.mjs')
    expect(hint).toContain('path')
    expect((await refusal(folder)).message).toContain('there is no such file')
  })
})
