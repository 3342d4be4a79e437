// However stats --watch ends, the terminal is as it was: main screen, cursor, echo, and lines that end with Enter.
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { testDatabase } from '../../support/database.ts'
import { CTRL_C, requireTerminal } from '../../support/pty.ts'
import { type DrawnOptions, type DrawnProgram, startDrawn } from '../../support/screen.ts'

const { url } = await testDatabase()
const CRASH = fileURLToPath(new URL('../../support/crash-on-signal.mjs', import.meta.url))
const CTRL_Z = '\u001a'

beforeEach((context) => requireTerminal(context))

function watch(options: DrawnOptions = {}): DrawnProgram {
  // Without colours there is no spinner before the screen, which would show the cursor at the end in its stead.
  const env = { DATABASE_URL: url, NO_COLOR: '1', ...options.env }
  return startDrawn(['stats', '--watch', '--interval', '200ms'], { ...options, env })
}

const ENDS: readonly [how: string, status: number, end: (screen: DrawnProgram) => void][] = [
  ['q', 0, (screen) => screen.press('q')],
  ['Ctrl+C', 0, (screen) => screen.press(CTRL_C)],
  ['q on another page', 0, (screen) => screen.press('?q')],
  ['Ctrl+C in a question', 0, (screen) => screen.press(`t12${CTRL_C}`)],
  ['SIGINT', 0, (screen) => screen.signal('SIGINT')],
  ['SIGTERM', 1, (screen) => screen.signal('SIGTERM')],
  ['SIGHUP', 1, (screen) => screen.signal('SIGHUP')],
  ['an error that nobody caught', 1, (screen) => screen.signal('SIGUSR2')],
]

describe.each(ENDS)('%s', (how, status, end) => {
  it(`gives the terminal back, and ends with ${status}`, async () => {
    const screen = watch({ env: { NODE_OPTIONS: `--import=${CRASH}` } })
    await screen.waitFor(/q quit$/)
    expect(await screen.isAlternate()).toBe(true)
    end(screen)
    const left = await screen.waitFor(/^modes /m)
    await expectRestored(screen, left)
    expect(left).toContain(`ended with ${status}`)
    if (how === 'SIGTERM') expect(left).toMatch(/^error: interrupted by SIGTERM$/m)
    if (how.startsWith('an error')) expect(left).toMatch(/a bug in taskproc[\s\S]*thrown on purpose/)
  })
})

it('is stopped by Ctrl+Z, and goes on with fg', async () => {
  const screen = watch({ after: 'echo stopped; stty -a | grep -o " icanon"; read line; fg; echo "then $?"' })
  await screen.waitFor(/q quit$/)
  screen.press(CTRL_Z)
  const left = await screen.waitFor(/^stopped\n icanon/m)
  expect(left).toMatch(/^before$/m)
  screen.resize(60, 20)
  screen.press('\n')
  await screen.waitFor(/settled[\s\S]*q quit$/)
  expect(await screen.isAlternate()).toBe(true)
  screen.press('?')
  await screen.waitFor(/draw the screen anew/)
  screen.press('q')
  await screen.waitFor(/^then 0$/m)
})

it('takes the terminal again when something else has stopped it, and a shell has used it', async () => {
  const screen = watch({ after: 'stty sane; echo stopped; read line; fg; echo "then $?"' })
  await screen.waitFor(/q quit$/)
  screen.signal('SIGSTOP')
  // Somewhere on the screen, which the stopped program could not give back.
  await screen.child.waitForOutput(/stopped/)
  screen.press('\n')
  await screen.waitFor(/^settled(?![\s\S]*stopped)[\s\S]*q quit$/m)
  screen.press('?')
  await screen.waitFor(/draw the screen anew/)
  screen.press('q')
  await screen.waitFor(/^then 0$/m)
})

async function expectRestored(screen: DrawnProgram, left: string): Promise<void> {
  expect(await screen.isAlternate()).toBe(false)
  expect(left).toMatch(/^before$/m)
  expect(left).toMatch(/^modes (?=.*\bisig\b)(?=.*\bicanon\b)(?=.*\becho\b)(?!.*-)/m)
  const output = screen.child.output()
  expect(output.lastIndexOf('\u001b[?25h')).toBeGreaterThan(output.lastIndexOf('\u001b[?25l'))
  expect(output.lastIndexOf('\u001b[?7h')).toBeGreaterThan(output.lastIndexOf('\u001b[?7l'))
}
