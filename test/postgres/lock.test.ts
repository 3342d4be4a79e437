import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Home, homeAt, prepareHome } from '../../src/postgres/home.ts'
import { withLock } from '../../src/postgres/lock.ts'
import { startOf } from '../../src/postgres/processes.ts'
import { tempDir } from '../support/end.ts'

function lockableHome(): Home {
  const home = homeAt(join(tempDir(), '.taskproc'))
  prepareHome(home)
  return home
}

it('lets one in at a time, and everybody in the end', async () => {
  const home = lockableHome()
  let inside = 0
  const most: number[] = []
  const work = async () => {
    most.push(++inside)
    for (let i = 0; i < 5; i++) await turn()
    inside--
  }
  await Promise.all(Array.from({ length: 20 }, () => withLock(home, undefined, work)))
  expect(most).toEqual(Array.from({ length: 20 }, () => 1))
  expect(readdirSync(home.locks)).toEqual([])
})

it('is free again when the work fails', async () => {
  const home = lockableHome()
  const failure = new Error('no')
  await expect(withLock(home, undefined, () => Promise.reject(failure))).rejects.toBe(failure)
  expect(await withLock(home, undefined, async () => 'in')).toBe('in')
})

it('is not held by the dead', async () => {
  const home = lockableHome()
  const child = spawn('true')
  await once(child, 'exit')
  writeFileSync(join(home.locks, `${child.pid}.${startOf(process.pid)}.x`), '')
  expect(await withLock(home, undefined, async () => readdirSync(home.locks).length)).toBe(1)
})

it('is not held by a process that merely has the pid of a dead one', async () => {
  const home = lockableHome()
  writeFileSync(join(home.locks, `${process.ppid}.other-1.x`), '')
  expect(await withLock(home, undefined, async () => 'in')).toBe('in')
})

it('is held by the living, and waiting can be aborted', async () => {
  const home = lockableHome()
  writeFileSync(join(home.locks, `${process.ppid}.${startOf(process.ppid)}.x`), '')
  const signal = AbortSignal.timeout(100)
  await expect(withLock(home, signal, async () => 'in')).rejects.toThrow(/timeout/)
  expect(readdirSync(home.locks)).toHaveLength(1)
})
