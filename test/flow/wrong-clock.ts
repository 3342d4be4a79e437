// A wall clock that is wrong, for a program under test.
import { existsSync } from 'node:fs'
import type { TestContext } from 'vitest'

/** The environment in which a program reads a wall clock that is wrong; its monotonic clock is right, as in life. */
export function wrongClock(offset: string, { skip }: Pick<TestContext, 'skip'>): Record<string, string> {
  const library = libfaketime()
  if (library === undefined) return skip('libfaketime is missing, and it is what makes a clock wrong')
  return { LD_PRELOAD: library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
}

function libfaketime(): string | undefined {
  const name = 'faketime/libfaketime.so.1'
  const folders = [
    '/usr/lib',
    '/usr/local/lib',
    '/usr/lib64',
    `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
  ]
  return folders.map((folder) => `${folder}/${name}`).find(existsSync)
}
