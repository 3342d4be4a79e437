import { beforeAll, expect, it } from 'vitest'
import { releaseEmbedded, startEmbedded, statusOf } from '../../src/postgres/embedded.ts'
import { buildIfStale } from '../support/build.ts'
import { startCaller } from './caller.ts'
import { copyHome, originalHome, tempHome } from './home.ts'
import { sql } from './sql.ts'

beforeAll(buildIfStale, 120_000)

const original = await originalHome()

it('gives six processes that start at once one server, and the last one out stops it', async () => {
  const home = tempHome()
  const callers = Array.from({ length: 6 }, () => startCaller())
  const started = await Promise.all(callers.map((caller) => caller.call('startEmbedded', { home })))
  const { url } = await statusOf({ home })
  expect(started.filter(({ answer }) => (answer as { startedByUs: boolean }).startedByUs)).toHaveLength(1)
  expect(started).toEqual(started.map(() => ({ answer: { url, startedByUs: expect.any(Boolean) } })))
  const released = await Promise.all(callers.map((caller) => caller.call('releaseEmbedded', { home })))
  expect(released.filter(({ answer }) => answer === true)).toHaveLength(1)
  expect(await statusOf({ home })).toMatchObject({ running: false, pid: undefined })
})

it('never stops a server that somebody was just given', async () => {
  const home = copyHome(original)
  const [first, second] = [startCaller(), startCaller()]
  await first.call('startEmbedded', { home })
  let [leaves, comes] = [first, second]
  for (let round = 0; round < 8; round++) {
    const [, { answer }] = await Promise.all([
      leaves.call('releaseEmbedded', { home }),
      comes.call('startEmbedded', { home }),
    ])
    expect(await sql((answer as { url: string }).url, 'select 1')).toEqual([1])
    ;[leaves, comes] = [comes, leaves]
  }
})

it('is not kept up by a user that was killed', async () => {
  const home = copyHome(original)
  await startEmbedded({ home })
  const caller = startCaller()
  await caller.call('startEmbedded', { home })
  expect(await releaseEmbedded({ home })).toBe(false)
  await startEmbedded({ home })
  caller.signal('SIGKILL')
  await caller.exit
  expect(await releaseEmbedded({ home })).toBe(true)
})
