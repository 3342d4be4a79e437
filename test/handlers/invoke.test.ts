// One call of a handler: the payload is checked first, and what the handler does by its context becomes the outcome.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Handler, Registration } from '../../src/handlers/handler.ts'
import { invoke, type RunTools } from '../../src/handlers/invoke.ts'
import type { Outcome } from '../../src/task/outcome.ts'
import type { Claim, JsonValue } from '../../src/task/task.ts'

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

const CLAIM: Claim = {
  id: 7,
  claimNumber: 4,
  processId: 1,
  queue: 'mails',
  kind: 'mail',
  payload: null,
  attempt: 2,
  maxAttempts: 3,
  crashes: 0,
  timeoutMs: null,
  backoffMs: null,
  trace: null,
  waitedMs: 0,
  claimedAtS: null,
}

function run(
  registration: Registration,
  payload: JsonValue = null,
  tools: Partial<RunTools> = {},
): Promise<Outcome> {
  const all: RunTools = {
    signal: () => new AbortController().signal,
    log: () => {},
    progress: () => {},
    traceparent: () => TRACEPARENT,
    complete: () => Promise.reject(new Error('there is no database here')),
    ...tools,
  }
  return invoke(registration, { ...CLAIM, payload }, all)
}

const handling = (handler: Handler): Registration => ({ handler })

describe('the payload', () => {
  const schema = z.object({
    to: z.string(),
    lines: z.array(z.object({ n: z.number() })),
    copies: z.number().default(1),
  })

  it('reaches the handler as its schema shapes it', async () => {
    const outcome = await run({ schema, handler: (payload) => payload }, { to: 'ada', lines: [] })
    expect(outcome).toEqual({ type: 'done', result: '{"to":"ada","lines":[],"copies":1}' })
  })

  it('fails for good where it does not fit, says where, and no handler sees it', async () => {
    const seen: unknown[] = []
    const registration = { schema, handler: (payload: JsonValue) => seen.push(payload) }
    const outcome = await run(registration, { to: 7, lines: [{ n: 1 }, { n: 'two' }] })
    expect(outcome).toEqual({
      type: 'failed',
      permanent: true,
      error: expect.stringMatching(/^the payload is invalid: to: .*string.*; lines\.1\.n: .*number/),
    })
    expect(seen).toEqual([])
  })

  it('may be checked by a schema that takes its time', async () => {
    const slow = z.string().refine(async (text) => text === 'known')
    const registration = { schema: slow, handler: () => 'sent' }
    expect(await run(registration, 'known')).toMatchObject({ type: 'done' })
    expect(await run(registration, 'foreign')).toMatchObject({ type: 'failed', permanent: true })
  })

  it('makes an error of a schema that throws', async () => {
    const broken: Registration['schema'] = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw new Error('no connection')
        },
      },
    }
    await expect(run({ schema: broken, handler: () => 'sent' })).rejects.toThrow('no connection')
  })
})

describe('the context', () => {
  it('tells of the task, and can be taken apart', async () => {
    const outcome = await run(
      handling((_, { task, log, progress, snooze, complete, signal }) => ({
        task,
        all: [log, progress, snooze, complete].map((one) => typeof one),
        aborted: signal.aborted,
      })),
    )
    const task = {
      ...{ id: 7, kind: 'mail', queue: 'mails', attempt: 2, maxAttempts: 3, claimNumber: 4 },
      traceparent: TRACEPARENT,
    }
    const all = ['function', 'function', 'function', 'function']
    expect(outcome).toEqual({ type: 'done', result: JSON.stringify({ task, all, aborted: false }) })
  })

  it('makes lines of anything that is logged, and cuts long ones', async () => {
    const lines: string[] = []
    const log = (line: string) => void lines.push(line)
    await run(
      handling((_, context) =>
        [undefined, 7, 'x'.repeat(10_001)].forEach((line) => void context.log(line as string)),
      ),
      null,
      { log },
    )
    expect(lines).toEqual(['undefined', '7', expect.stringMatching(/^x{9000,}… \(.* more/)])
  })

  it.each([
    [0.5, 0.5],
    [7, 1],
    [-1, 0],
    [Number.NaN, 0],
  ])('takes the progress %d for %d', async (said, heard) => {
    const fractions: number[] = []
    const progress = (fraction: number) => void fractions.push(fraction)
    await run(
      handling((_, context) => context.progress(said)),
      null,
      { progress },
    )
    expect(fractions).toEqual([heard])
  })

  const snoozing = (delay: number | string) =>
    handling((_, { snooze }) => {
      snooze(delay)
      return 'ignored'
    })

  it.each([
    [1500, 1500],
    ['10m', 600_000],
    [0, 0],
  ])('snoozes for %j, whatever the handler returns', async (delay, delayMs) => {
    expect(await run(snoozing(delay))).toEqual({
      type: 'snoozed',
      delayMs,
    })
  })

  it.each([[-1], ['soon'], ['5'], [Number.NaN], [null]])('refuses to snooze for %j', async (delay) => {
    await expect(run(handling((_, { snooze }) => snooze(delay as number)))).rejects.toThrow(TypeError)
  })

  it('is done with what the transaction returned, and says that it is written', async () => {
    const complete: RunTools['complete'] = async (effects) => ({
      value: await effects({} as never),
      result: '{"rows":3}',
    })
    const handler: Handler = async (_, context) => {
      const returned = await context.complete(async () => ({ rows: 3 }))
      expect(returned).toEqual({ rows: 3 })
      return 'ignored'
    }
    expect(await run(handling(handler), null, { complete })).toEqual({
      type: 'done',
      result: '{"rows":3}',
      isWritten: true,
    })
  })

  it('is done when it was written, also where the handler throws after that: a commit cannot be undone', async () => {
    const complete: RunTools['complete'] = async (effects) => ({
      value: await effects({} as never),
      result: '1',
    })
    const handler: Handler = async (_, context) => {
      await context.complete(async () => 1)
      throw new Error('closing a file failed')
    }
    expect(await run(handling(handler), null, { complete })).toEqual({
      type: 'done',
      result: '1',
      isWritten: true,
    })
  })
})
