// A program as the handler of a kind, in code.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ExpectedError } from '../../src/errors.ts'
import { defineHandlers } from '../../src/handlers/define.ts'
import { toRegistry } from '../../src/handlers/registry.ts'
import { program } from '../../src/library/program.ts'
import { contextOf } from '../handlers/fixtures.ts'
import { tempDir } from '../support/end.ts'

it('runs a program with the options of its kind: by path, by name and with a shell', async () => {
  const cwd = tempDir()
  writeFileSync(join(cwd, 'twice.sh'), '#!/usr/bin/env sh\nread -r text; echo "$1 $text $text"\n')
  chmodSync(join(cwd, 'twice.sh'), 0o755)
  const handlers = defineHandlers({
    path: { handler: program('./twice.sh "say it"', { cwd }), limit: 2, timeout: '1m' },
    name: program('cat'),
    shell: program('shell: wc -l | tr -d " "'),
  })
  const registry = toRegistry(handlers)
  expect(registry.get('path')).toMatchObject({ limit: 2, timeoutMs: 60_000 })
  expect(await registry.get('path')?.handler(7, contextOf('path'))).toBe('say it 7 7')
  expect(await registry.get('name')?.handler({ a: 1 }, contextOf('name'))).toEqual({ a: 1 })
  expect(await registry.get('shell')?.handler(null, contextOf('shell'))).toBe(1)
})

it.each([
  ['./gone', /^program "\.\/gone": there is no \.\/gone$/],
  ['cat | wc', /means something to a shell/],
  ['', /no program/],
])('refuses %j', (command, problem) => {
  expect(() => program(command)).toThrow(ExpectedError)
  expect(() => program(command)).toThrow(problem)
})

it('fails the task of a name that PATH has not', async () => {
  const run = Promise.resolve(program('no-such-program')(null, contextOf('name')))
  await expect(run).rejects.toThrow(/cannot be started: .*ENOENT/)
})
