import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'
import { commandOf, pidsOf, startOf } from '../../src/postgres/processes.ts'
import { eventually } from '../support/eventually.ts'

afterEach(() => vi.unstubAllGlobals())

/** On Linux both ways are tried: the one of /proc, and the one of ps for all other systems. */
const ways = process.platform === 'linux' ? ['linux', 'darwin'] : ['darwin']

it.each(ways)('tells the living from the dead (%s)', async (platform) => {
  vi.stubGlobal('process', Object.create(process, { platform: { value: platform } }))
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
  const pid = child.pid ?? -1
  await eventually('the program runs', () => commandOf(pid)?.startsWith('sleep 1000'))
  const start = startOf(pid)
  expect(start).toMatch(/^[\w-]+$/)
  expect(startOf(pid)).toBe(start)
  expect(startOf(process.pid)).not.toBe(undefined)
  expect(pidsOf('sleep 1000')).toContain(pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(startOf(pid)).toBeUndefined()
  expect(commandOf(pid)).toBeUndefined()
})

it('takes a zombie for dead', async () => {
  // The shell becomes a program that never looks after its child: before that ends, or the shell would look after it.
  const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  await eventually('its end', () => startOf(Number(line)) === undefined)
  expect(() => process.kill(Number(line), 0)).not.toThrow()
  parent.kill('SIGKILL')
})
