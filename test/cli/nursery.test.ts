import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const NURSERY = new URL('../../dist/cli/nursery.js', import.meta.url)

/** A thread begins; then objects enough to make the nursery of V8 grow to its full size, some of which live on for a while. */
const LOAD = `
import { once } from 'node:events'
import { getHeapSpaceStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
const { keepNurserySmall } = await import(process.argv[1])
if (process.argv[2] === 'small') keepNurserySmall(process)
const thread = new Worker('setInterval(() => {}, 1000)', { eval: true })
await once(thread, 'online')
const alive = []
for (let n = 0; n < 2e6; n++) alive[n % 20_000] = { n, text: String(n) }
const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
console.log(space_size / 2 ** 20)
await thread.terminate()`

function nurseryMiB(what: 'small' | 'as it is', env: Record<string, string> = {}): number {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', LOAD, '--', NURSERY.href, what],
    { encoding: 'utf8', env: { ...process.env, ...env } },
  )
  expect(stderr).toBe('')
  return Number(stdout)
}

test('the nursery stays small when threads begin, unless Node was told how large it may be', () => {
  const small = nurseryMiB('small')
  expect(nurseryMiB('as it is')).toBeGreaterThanOrEqual(4 * small)
  expect(nurseryMiB('small', { NODE_OPTIONS: '--max-semi-space-size=16' })).toBeGreaterThanOrEqual(4 * small)
})
