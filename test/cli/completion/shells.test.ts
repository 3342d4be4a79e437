// Completion in real shells: they source the script that taskproc prints, and offer what it says.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { taskproc } from '../../support/cli.ts'
import { tempDir } from '../../support/end.ts'
import { offered, requireShell } from './shells.ts'

describe.each(['bash', 'zsh', 'fish'] as const)('%s', (shell) => {
  beforeEach((context) => requireShell(context, shell))

  it.each([
    ['commands', 'taskproc sch', 'schedule'],
    ['commands of a group', 'taskproc schedule rem', 'remove'],
    ['options', 'taskproc serve --drain', '--drain-timeout'],
    ['values that are fixed', 'taskproc completion fi', 'fish'],
    ['values of an option', 'taskproc list --status in', 'in_progress'],
    ['commands behind npx', 'npx taskproc sch', 'schedule'],
    ['values behind npx', 'npx taskproc list --status in', 'in_progress'],
    ['values behind a =', 'taskproc list --status=can', 'cancelled'],
  ])('offers %s', (_, line, expected) => {
    const word = new RegExp(`(^|[\\s=])${expected}(\\s|$)`, 'm')
    expect(offered(shell, line, expected)).toMatch(word)
    expect(line).not.toMatch(word)
  })

  it('offers files where a file is meant', () => {
    // bash is told to look by itself.
    const expected = shell === 'bash' ? ':compopt -o default' : 'mine.ts'
    expect(offered(shell, 'taskproc serve --handlers ', expected)).toContain(expected)
  })

  it('takes its script without a word', async () => {
    const { stdout, exitCode } = await taskproc(['completion', shell])
    expect(exitCode).toBe(0)
    const file = join(tempDir(), 'script')
    writeFileSync(file, stdout)
    expect(execFileSync(shell, ['-n', file], { encoding: 'utf8' })).toBe('')
  })
})
