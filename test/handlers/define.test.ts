// What a user may define: types that flow from the schema to the handler, and errors that name the kind and the field.
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { EXIT, ExpectedError } from '../../src/errors.ts'
import { defineHandlers } from '../../src/handlers/define.ts'
import type { HandlerContext } from '../../src/handlers/handler.ts'
import { PermanentError } from '../../src/handlers/permanent-error.ts'
import { toRegistry } from '../../src/handlers/registry.ts'

describe('the payload of a handler', () => {
  it('has the type that its schema turns it into: zod, valibot and arktype alike', () => {
    defineHandlers({
      zod: {
        schema: z.object({ to: z.email(), copies: z.number().default(1) }),
        handler: (payload) => expectTypeOf(payload).toEqualTypeOf<{ to: string; copies: number }>(),
      },
      valibot: {
        limit: 3,
        schema: v.object({ to: v.string(), at: v.optional(v.number()) }),
        async handler(payload, context) {
          expectTypeOf(payload).toEqualTypeOf<{ to: string; at?: number | undefined }>()
          expectTypeOf(context).toEqualTypeOf<HandlerContext>()
        },
      },
      arktype: {
        handler: (payload) => expectTypeOf(payload).toEqualTypeOf<{ to: string; copies?: number }>(),
        schema: type({ to: 'string', 'copies?': 'number' }),
      },
    })
  })

  it('is unknown without a schema, or what the handler declares', () => {
    defineHandlers({
      nothing() {},
      unknown: (payload) => expectTypeOf(payload).toEqualTypeOf<unknown>(),
      options: { timeout: '5s', handler: (payload) => expectTypeOf(payload).toEqualTypeOf<unknown>() },
      declared: async (payload: { file: string }) => payload.file,
      partly: async (payload: { file: string }, { signal }) => [payload.file, signal.aborted],
      both: { limit: 1, handler: (payload: { file: string }, { signal }) => [payload.file, signal.aborted] },
    })
  })

  it('cannot be declared otherwise than its schema says, and options cannot be misspelled', () => {
    expect(() => {
      // @ts-expect-error: the schema gives a number
      defineHandlers({ mail: { schema: z.object({ n: z.number() }), handler: (_: { n: string }) => {} } })
      // @ts-expect-error: it is called timeout
      defineHandlers({ mail: { handler() {}, timeOut: '5s' } })
    }).toThrow('timeOut')
  })
})

describe('defineHandlers', () => {
  it('returns what it was given, so that several can be spread into one', () => {
    const mail = async () => 'sent'
    const mails = defineHandlers({ mail })
    const all = defineHandlers({ ...mails, report: { handler() {}, timeout: '5m' } })
    expect(all.mail).toBe(mail)
    expect([...toRegistry(all).keys()]).toEqual(['mail', 'report'])
  })

  it('throws at once, with a line for everything that is wrong', () => {
    const define = () =>
      defineHandlers({ mail: { handler() {}, timeout: 'soon', limit: 0 }, report: {} as never })
    expect(define).toThrow(ExpectedError)
    expect(define).toThrow(
      /"mail": timeout must be .*'soon'\n.*"mail": limit must be .*0\n.*"report": handler is missing/,
    )
    expect(thrownBy(define)).toMatchObject({
      exitStatus: EXIT.usage,
      hint: expect.stringContaining('handler'),
    })
  })
})

describe('toRegistry', () => {
  const handler = () => {}

  it('reads every option', () => {
    const schema = z.string()
    const options = {
      schema,
      timeout: '1.5m',
      maxAttempts: 7,
      limit: 2,
      backoff: { base: '2s', factor: 3, cap: '1m', jitter: 0 },
    }
    const registration = {
      handler,
      schema,
      timeoutMs: 90_000,
      maxAttempts: 7,
      limit: 2,
      backoff: { baseMs: 2_000, factor: 3, capMs: 60_000, jitter: 0 },
    }
    expect(toRegistry({ mail: { handler, ...options } })).toEqual(new Map([['mail', registration]]))
    expect(toRegistry({ mail: handler })).toEqual(new Map([['mail', { handler }]]))
    expect(toRegistry({ mail: { handler, timeout: undefined } })).toEqual(new Map([['mail', { handler }]]))
  })

  it.each([
    ['30s', { baseMs: 30_000, factor: 1, capMs: 30_000, jitter: 0 }],
    [250, { baseMs: 250, factor: 1, capMs: 250, jitter: 0 }],
    [{}, { baseMs: 1_000, factor: 2, capMs: 3_600_000, jitter: 0.25 }],
    [{ base: '2h' }, { baseMs: 7_200_000, factor: 2, capMs: 7_200_000, jitter: 0.25 }],
    [{ cap: '100ms' }, { baseMs: 100, factor: 2, capMs: 100, jitter: 0.25 }],
  ])('takes the backoff %j', (backoff, expected) => {
    expect(toRegistry({ mail: { handler, backoff } }).get('mail')?.backoff).toEqual(expected)
  })

  it.each([
    ['nothing', undefined, /^handlers are an object .*got undefined/],
    ['a list', [handler], /^handlers are an object/],
    ['a number for a kind', { mail: 7 }, /"mail": must be a function .*got 7/],
    ['null for a kind', { mail: null }, /"mail": must be a function .*got null/],
    ['no handler', { mail: { timeout: 5 } }, /"mail": handler is missing/],
    [
      'a handler that is none',
      { mail: { handler: 'send' } },
      /"mail": handler must be a function, got 'send'/,
    ],
    ['a kind without a name', { '': handler }, /"": its kind must be a name of 1 to 128 characters/],
    [
      'a kind with too long a name',
      { ['x'.repeat(129)]: handler },
      /its kind must be a name of 1 to 128 characters/,
    ],
    [
      'a kind with a line end',
      { 'a\nb': handler },
      /"a\\nb": its kind must be .* without control characters/,
    ],
    [
      'an option that is none',
      { mail: { handler, retries: 3 } },
      /retries is no option; there are handler, schema, timeout/,
    ],
    ['an option of every object', { mail: { handler, toString: 3 } }, /toString is no option/],
    [
      'a schema that is none',
      { mail: { handler, schema: { type: 'object' } } },
      /schema must be a Standard Schema/,
    ],
    ['a timeout of 0', { mail: { handler, timeout: 0 } }, /timeout must be .*got 0/],
    ['a timeout that no timer takes', { mail: { handler, timeout: '25d' } }, /timeout must be .*24d.*'25d'/],
    ['a timeout without a unit', { mail: { handler, timeout: '5' } }, /timeout must be .*'5'/],
    [
      'maxAttempts in halves',
      { mail: { handler, maxAttempts: 1.5 } },
      /maxAttempts must be .*1 to 1000, got 1.5/,
    ],
    [
      'maxAttempts without end',
      { mail: { handler, maxAttempts: Number.POSITIVE_INFINITY } },
      /maxAttempts must be/,
    ],
    ['a limit of 0', { mail: { handler, limit: 0 } }, /limit must be .*at least 1, got 0/],
    ['a backoff that is none', { mail: { handler, backoff: true } }, /backoff must be .*got true/],
    ['a negative backoff', { mail: { handler, backoff: -5 } }, /backoff must be .*got -5/],
    ['a base that is none', { mail: { handler, backoff: { base: 'x' } } }, /backoff.base must be .*'x'/],
    [
      'a cap below the base',
      { mail: { handler, backoff: { base: 9, cap: 3 } } },
      /backoff.cap must be .*not below base/,
    ],
    ['a factor below 1', { mail: { handler, backoff: { factor: 0.5 } } }, /backoff.factor must be .*got 0.5/],
    ['a jitter above 1', { mail: { handler, backoff: { jitter: 2 } } }, /backoff.jitter must be .*got 2/],
    ['a backoff option that is none', { mail: { handler, backoff: { max: 2 } } }, /backoff.max is no option/],
  ])('refuses %s', (_, definitions, sentence) => {
    expect(thrownBy(() => toRegistry(definitions))).toMatchObject({
      name: 'ExpectedError',
      message: expect.stringMatching(sentence),
    })
  })
})

it('ends the retries with a PermanentError', () => {
  expect(new PermanentError('no such address', { cause: 'SMTP 550' })).toMatchObject({
    permanent: true,
    message: 'no such address',
    cause: 'SMTP 550',
  })
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (thrown) {
    return thrown
  }
  throw new Error('nothing was thrown')
}
