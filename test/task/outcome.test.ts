// What a handler returned or threw, as a value that the database takes: checked against the real one.
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/task/limits.ts'
import { errorText, jsonText, outcomeOfError, outcomeOfValue } from '../../src/task/outcome.ts'
import { testDatabase } from '../support/database.ts'

const { pool } = await testDatabase({ migrated: false })

/** Strings of any code units, with much of what JSON writes as an escape or takes for one. */
const nastyString = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\\',
        '\\\\',
        '"',
        '\u0000',
        '\\u0000',
        'u0000',
        'ud800',
        '\ud83d',
        '\ude00',
        '😀',
        '\n',
        '\u2028',
        '/',
      ),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))

const { value: nastyJson } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    nastyString,
    fc.double(),
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(nastyString, tie('value'), { maxKeys: 4 }),
  ),
}))

describe('JSON text', () => {
  it('is what jsonb takes, and where there is none, jsonb would have refused', async () => {
    const property = fc.asyncProperty(fc.oneof(nastyString, nastyJson), async (value) => {
      const text = jsonText(value)
      const isText = typeof text === 'string'
      expect(await isJsonb(isText ? text : JSON.stringify(value))).toBe(isText)
    })
    await fc.assert(property, { numRuns: 500, examples: NASTY.map((text) => [text]) })
  })

  it('comes back from jsonb as the value that went in', async () => {
    const property = fc.asyncProperty(nastyJson, async (value) => {
      const text = jsonText(value)
      if (typeof text !== 'string') return
      const { rows } = await pool.query<{ back: unknown }>('select $1::jsonb as back', [text])
      expect(rows[0]?.back).toEqual(JSON.parse(text))
    })
    await fc.assert(property, { numRuns: 200 })
  })

  it('survives an array of jsonb, which is how results are sent', async () => {
    const property = fc.asyncProperty(fc.array(nastyJson, { minLength: 1, maxLength: 5 }), async (values) => {
      const texts = values.map(jsonText).filter((text) => typeof text === 'string')
      const { rows } = await pool.query('select value from unnest($1::jsonb[]) as sent(value)', [texts])
      expect(rows).toEqual(texts.map((text) => ({ value: JSON.parse(text) })))
    })
    await fc.assert(property, { numRuns: 100 })
  })

  it('names the character that cannot be stored', () => {
    expect(jsonText('a\u0000b')).toEqual({
      problem: String.raw`PostgreSQL's jsonb cannot hold the character \u0000`,
    })
    expect(jsonText({ '\ud800': 1 })).toEqual({
      problem: String.raw`PostgreSQL's jsonb cannot hold the character \ud800`,
    })
  })

  it('is refused, with a reason, for what is no JSON', () => {
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    expect(jsonText(cyclic)).toHaveProperty('problem', expect.stringMatching(/circular/))
    expect(jsonText(1n)).toHaveProperty('problem', expect.stringMatching(/BigInt/))
    expect(jsonText(() => 1)).toEqual({ problem: 'a function is no JSON' })
    expect(jsonText(Symbol('s'))).toEqual({ problem: 'a symbol is no JSON' })
  })
})

describe('the outcome of a value', () => {
  it('is done, with null for nothing and JSON text for anything else that can be stored', () => {
    expect(outcomeOfValue(undefined)).toEqual({ type: 'done', result: null })
    expect(outcomeOfValue(null)).toEqual({ type: 'done', result: 'null' })
    expect(outcomeOfValue({ sum: 3 })).toEqual({ type: 'done', result: '{"sum":3}' })
  })

  it('is a permanent failure where the value cannot be stored: another attempt would end the same', () => {
    expect(outcomeOfValue('\u0000')).toMatchObject({
      type: 'failed',
      permanent: true,
      error: /cannot be stored/,
    })
    expect(outcomeOfValue(1n)).toMatchObject({ type: 'failed', permanent: true, error: /cannot be stored/ })
  })

  it('counts bytes and not characters, to the last one', () => {
    const euro = '€'.repeat(Math.floor((LIMITS.resultBytes - 2) / 3))
    const padding = 'x'.repeat(LIMITS.resultBytes - 2 - 3 * euro.length)
    expect(outcomeOfValue(euro + padding).type).toBe('done')
    expect(outcomeOfValue(`${euro + padding}x`)).toMatchObject({
      type: 'failed',
      permanent: true,
      error: `result cannot be stored: ${LIMITS.resultBytes + 1} bytes, the limit is ${LIMITS.resultBytes}`,
    })
  })
})

describe('the outcome of what was thrown', () => {
  it('is a failure that may be retried, unless it says `permanent: true`', () => {
    expect(outcomeOfError(new Error('no'))).toEqual({ type: 'failed', error: 'no', permanent: false })
    expect(outcomeOfError({ permanent: 1 })).toMatchObject({ permanent: false })
    expect(outcomeOfError(Object.assign(new Error('no'), { permanent: true }))).toMatchObject({
      permanent: true,
    })
  })
})

describe('error text', () => {
  it('is never empty, too long, ill-formed or with U+0000, whatever was thrown', () => {
    const anything = fc.oneof(
      fc.anything(),
      nastyString,
      nastyString.map((text) => new Error(text)),
    )
    fc.assert(
      fc.property(anything, (thrown) => expectStorable(errorText(thrown))),
      { numRuns: 500 },
    )
  })

  it('is cut to its limit, and says so', () => {
    const text = errorText(new Error('x'.repeat(LIMITS.errorChars + 1)))
    expectStorable(text)
    expect(text).toMatch(/^x+… \(\d+ more characters\)$/)
    expectStorable(errorText('😀'.repeat(LIMITS.errorChars)))
    expectStorable(errorText(`x${'😀'.repeat(LIMITS.errorChars)}`))
  })

  it('is stored by PostgreSQL as it is', async () => {
    const property = fc.asyncProperty(nastyString, async (thrown) => {
      const text = errorText(thrown)
      const { rows } = await pool.query('select message from unnest($1::text[]) as sent(message)', [[text]])
      expect(rows).toEqual([{ message: text }])
    })
    await fc.assert(property, { numRuns: 200 })
  })

  it.each<[string, unknown, string]>([
    ['an Error', new Error('no route'), 'no route'],
    ['an Error without a message', new TypeError(), 'TypeError'],
    ['an error of another realm', runInNewContext('new TypeError("from elsewhere")'), 'from elsewhere'],
    ['a string', 'no route', 'no route'],
    ['an empty string', '', 'an empty string was thrown'],
    ['undefined', undefined, 'undefined was thrown'],
    ['a number', 42, '42 was thrown'],
    ['an object', { code: 7 }, '{"code":7}'],
  ])('of %s says what it was', (_, thrown, text) => {
    expect(errorText(thrown)).toBe(text)
  })

  it.each<[string, () => unknown]>([
    ['an Error without message and name', () => Object.assign(new Error(''), { name: '' })],
    ['an Error whose message is an object', () => Object.assign(new Error('x'), { message: { code: 7 } })],
    ['an Error whose message is a number', () => Object.assign(new Error('x'), { message: 42 })],
    [
      'an Error whose message throws',
      () => Object.defineProperty(new Error('x'), 'message', { get: refuse }),
    ],
    [
      'an Error that says with a throw whether it is permanent',
      () => Object.defineProperty(new Error('x'), 'permanent', { get: refuse }),
    ],
    ['an object whose toJSON returns nothing', () => ({ toJSON() {} })],
    [
      'an object that holds itself',
      () => Object.assign([], [[]]).map((_: unknown, at: number, all: unknown[]) => (all[at] = all)),
    ],
    ['a function that cannot be written', () => Object.assign(() => {}, { toString: refuse })],
    ['a proxy that answers nothing', () => new Proxy({}, { get: refuse, getPrototypeOf: refuse })],
  ])('is found even for %s: a handler cannot end the process by what it throws', (_, make) => {
    expectStorable(errorText(make()))
    expect(outcomeOfError(make())).toMatchObject({ type: 'failed', permanent: false })
  })
})

const NASTY = [
  '\u0000',
  '\\u0000',
  '\\\u0000',
  '\\\\u0000',
  '\ud800',
  '\\ud800',
  '\udc00\ud800',
  '😀',
  'ud800',
  '\\\\ud83d',
]

async function isJsonb(text: string): Promise<boolean> {
  const refused = ['22P02', '22P05']
  return pool.query('select $1::text::jsonb', [text]).then(
    () => true,
    (error: { code?: string }) => {
      if (!refused.includes(error.code ?? '')) throw error
      return false
    },
  )
}

function expectStorable(text: string): void {
  expect(text.length).toBeGreaterThan(0)
  expect(text.length).toBeLessThanOrEqual(LIMITS.errorChars)
  expect(text).not.toContain('\u0000')
  expect(text.isWellFormed()).toBe(true)
}

function refuse(): never {
  throw new Error('no')
}
