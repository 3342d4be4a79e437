// A shell in a real terminal that is typed into and looked at, and all that it wrote, with times. Linux: the terminal is
// that of `script`, util-linux.
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import xterm from '@xterm/headless'

/** Of a practised hand; each key differs a little from the next. */
const KEY_MS = 28
/** Between the last key of a line and Enter. */
const ENTER_MS = 250
const LOOK_EVERY_MS = 30
const DEADLINE_MS = 60_000

/**
 * Starts `command` (a line of sh) in a terminal of this size. `env` is all of its environment.
 * `{ chunks, type, paste, press, shows, pause, cut, end }`; `chunks` grows: `{ atMs, text }`.
 */
export function openTerminal(command, { columns, rows, cwd, env }) {
  const shell = `stty cols ${columns} rows ${rows} && exec ${command}`
  const options = { cwd, env: { ...env, TERM: 'xterm-256color', SHELL: '/bin/sh' } }
  const child = spawn('script', ['-qefc', shell, '/dev/null'], options)
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  const started = performance.now()
  const chunks = []
  let isCut = false
  const ended = new Promise((resolve) => child.on('close', resolve))
  child.stderr.pipe(process.stderr)
  child.stdout.setEncoding('utf8').on('data', (text) => {
    screen.write(text)
    if (!isCut) chunks.push({ atMs: performance.now() - started, text })
  })

  const pause = (ms) => sleep(ms)
  const press = (keys) => child.stdin.write(keys)

  /** Returns the match of `pattern` as soon as the screen shows it. */
  async function shows(pattern) {
    const deadline = performance.now() + DEADLINE_MS
    for (;;) {
      await new Promise((resolve) => screen.write('', resolve))
      const text = textOf(screen)
      const match = pattern.exec(text)
      if (match !== null) return match
      if (performance.now() > deadline) throw new Error(`the screen does not show ${pattern}, but:\n${text}`)
      await sleep(LOOK_EVERY_MS)
    }
  }

  async function type(line) {
    for (const key of line) {
      press(key)
      await sleep(KEY_MS * (0.5 + Math.random()))
    }
    await enter()
  }

  async function paste(line) {
    press(line)
    await enter()
  }

  async function enter() {
    await sleep(ENTER_MS)
    press('\r')
  }

  return {
    chunks,
    ...{ type, paste, press, shows, pause },
    /** What follows is not in the recording. */
    cut: () => {
      isCut = true
    },
    /** The exit status, when the command has ended. */
    end: () => ended,
    kill: () => child.kill(),
  }
}

function textOf({ buffer: { active }, rows }) {
  const lines = Array.from({ length: rows }, (_, row) => active.getLine(active.baseY + row))
  return lines.map((line) => line?.translateToString(true) ?? '').join('\n')
}
