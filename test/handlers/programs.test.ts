// From KIND=COMMAND to handlers: what can be known at the start is refused at the start, all of it at once.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { EXIT, ExpectedError } from '../../src/errors.ts'
import { loadPrograms } from '../../src/handlers/programs.ts'
import { tempDir } from '../support/end.ts'
import { contextOf } from './fixtures.ts'

const PATH = '/usr/bin:/bin'

it('gives a handler for each kind, with its words and with a shell', async () => {
  const cwd = tempDir()
  writeFileSync(join(cwd, 'args.sh'), '#!/bin/sh\nprintf "%s|" "$@"\n')
  chmodSync(join(cwd, 'args.sh'), 0o755)
  const registry = loadPrograms([`args=./args.sh 'two words' x=y`, 'count=shell: wc -c | tr -d " "'], {
    cwd,
    path: PATH,
  })
  expect([...registry.keys()]).toEqual(['args', 'count'])
  expect(await registry.get('args')?.handler(null, contextOf('args'))).toBe('two words|x=y|')
  expect(await registry.get('count')?.handler('abc', contextOf('count'))).toBe('"abc"\n'.length)
})

it('refuses everything that is wrong at once, each in a line that repeats it', () => {
  const cwd = tempDir()
  writeFileSync(join(cwd, 'plain.txt'), 'text')
  const definitions = [
    'no-equals-sign',
    '=true',
    'a=',
    'b=./gone',
    'c=./plain.txt',
    'd=cat | wc',
    'e=true',
    'e=false',
  ]
  const refuse = () => loadPrograms(definitions, { cwd, path: PATH })
  expect(refuse).toThrow(ExpectedError)
  try {
    refuse()
  } catch (thrown) {
    const { message, hint, exitStatus } = thrown as ExpectedError
    expect(message.split('\n')).toEqual([
      '--exec no-equals-sign: there is no = in it',
      expect.stringMatching(/^--exec =true: its kind must be a name of 1 to 128/),
      '--exec a=: there is no program in it',
      '--exec b=./gone: there is no ./gone',
      '--exec c=./plain.txt: ./plain.txt is not executable: chmod +x ./plain.txt',
      expect.stringMatching(/^--exec d=cat \| wc: \| means something to a shell/),
      '--exec e=false: e has a program already',
    ])
    expect(hint).toContain('KIND=COMMAND')
    expect(exitStatus).toBe(EXIT.usage)
  }
})
