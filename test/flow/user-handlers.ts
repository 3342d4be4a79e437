// Handlers as a user writes them in TypeScript, for the tests of what only real runs show.
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineHandlers, PermanentError } from 'taskproc'
import { z } from 'zod'

const circular: Record<string, unknown> = {}
circular['self'] = circular

const THROWN: Record<string, unknown> = {
  nothing: undefined,
  null: null,
  text: 'just a text',
  'circular object': circular,
  'permanent error': new PermanentError('can never work'),
}

const RETURNED: Record<string, unknown> = {
  bigint: 1n,
  function: () => {},
  'circular object': circular,
  'U+0000': 'a\u0000b',
  'lone surrogate': '\ud800',
  'too much': 'x'.repeat(2 * 1024 * 1024),
}

export default defineHandlers({
  mail: {
    schema: z.object({ to: z.email(), copies: z.number().default(1) }),
    maxAttempts: 2,
    handler: ({ to, copies }) => `${copies} to ${to}`,
  },

  throws: ({ what }: { what: string }) => {
    throw THROWN[what]
  },

  returns: ({ what }: { what: string }) => RETURNED[what],

  /** Snoozes until its claim number is `naps + 1`. */
  nap: ({ naps }: { naps: number }, { task, snooze }) => {
    if (task.claimNumber > naps) return task
    return snooze(1)
  },

  talk: ({ lines }: { lines: number }, { log }) => {
    for (let line = 1; line <= lines; line++) log(`line ${line} of ${lines}`)
  },

  /** One at a time; runs until the file is there. */
  single: {
    limit: 1,
    async handler({ file }: { file: string }, { signal }) {
      while (!existsSync(file)) await sleep(20, undefined, { signal })
    },
  },

  slow: {
    timeout: '100ms',
    backoff: '1ms',
    maxAttempts: 2,
    handler: (_, { signal }) => sleep(60_000, undefined, { signal }),
  },

  /** Its effect is a row in a table of the user's own, in the transaction that completes the task. */
  effect: {
    async handler(_, { task, complete }) {
      await sleep(Math.random() * 20)
      return complete(async (client) => {
        await client.query('insert into effects (task_id) values ($1)', [task.id])
        await sleep(Math.random() * 20)
        return 'inserted'
      })
    },
  },

  /** Its effects fail after the first of them. */
  halfway: ({ fails }: { fails: boolean }, { task, complete }) =>
    complete(async (client) => {
      await client.query('insert into effects (task_id) values ($1)', [task.id])
      if (fails) throw new PermanentError('changed its mind')
    }),
})
