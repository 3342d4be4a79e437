// Programs are looked for before they are needed, and what keeps one from running is said in words.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findExecutable } from '../../src/handlers/executable.ts'
import { tempDir } from '../support/end.ts'

/** A directory with this file in it. */
function withFile(name: string, text: string | Uint8Array, mode = 0o755): string {
  const cwd = tempDir()
  writeFileSync(join(cwd, name), text)
  chmodSync(join(cwd, name), mode)
  return cwd
}

const PATH = '/usr/bin:/bin'

it('finds a relative path from the working directory, and a name in PATH', () => {
  const cwd = withFile('run.sh', '#!/bin/sh\n')
  expect(findExecutable('./run.sh', { cwd, path: PATH })).toBe(join(cwd, 'run.sh'))
  expect(findExecutable(join(cwd, 'run.sh'), { cwd: '/', path: undefined })).toBe(join(cwd, 'run.sh'))
  expect(findExecutable('run.sh', { cwd: '/', path: `/nonexistent:${cwd}:${PATH}` })).toBe(
    join(cwd, 'run.sh'),
  )
  expect(findExecutable('sh', { cwd, path: PATH })).toMatch(/^\/(usr\/)?bin\/sh$/)
})

it('follows a link, and takes a binary for what it is', () => {
  const cwd = withFile('binary', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]))
  symlinkSync('binary', join(cwd, 'link'))
  expect(findExecutable('./link', { cwd, path: PATH })).toBe(join(cwd, 'link'))
})

it.each([
  ['is not there', './gone.sh', /there is no \.\/gone\.sh/],
  ['is not in PATH', 'no-such-program', /there is no no-such-program in PATH$/],
  [
    'is named without its directory',
    'run.sh',
    /no run\.sh in PATH; the one of this directory is \.\/run\.sh/,
  ],
  ['is a directory', './folder', /\.\/folder is not a file/],
  ['is below a file', './run.sh/deeper', /there is no/],
])('refuses a program that %s', (_, program, problem) => {
  const cwd = withFile('run.sh', '#!/bin/sh\n')
  mkdirSync(join(cwd, 'folder'))
  expect(findExecutable(program, { cwd, path: PATH })).toEqual({ problem: expect.stringMatching(problem) })
})

it('refuses a program that may not be executed, and says how to allow it', () => {
  const cwd = withFile('run.sh', '#!/bin/sh\n', 0o644)
  const problem = './run.sh is not executable: chmod +x ./run.sh'
  expect(findExecutable('./run.sh', { cwd, path: PATH })).toEqual({ problem })
  expect(findExecutable('run.sh', { cwd: '/', path: cwd })).toEqual({ problem: 'there is no run.sh in PATH' })
})

it.each([
  ['#!/no/such/python\n', /first line of \.\/run is "#!\/no\/such\/python": there is no \/no\/such\/python/],
  ['#!/usr/bin/env no-such-python -u\n', /there is no no-such-python in PATH/],
  ['#!/bin/sh\r\necho\r\n', /carriage return/],
])('refuses a script whose first line is %j: its start would fail with a riddle', (text, problem) => {
  const cwd = withFile('run', text)
  expect(findExecutable('./run', { cwd, path: PATH })).toEqual({ problem: expect.stringMatching(problem) })
})

it.each(['#!/usr/bin/env sh\n', '#!/usr/bin/env -S sh -e\n', '#! /bin/sh -e\n', 'echo no first line\n', ''])(
  'takes a script whose first line is %j',
  (text) => {
    const cwd = withFile('run', text)
    expect(findExecutable('./run', { cwd, path: PATH })).toBe(join(cwd, 'run'))
  },
)
