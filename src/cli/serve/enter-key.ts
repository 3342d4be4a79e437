// The key Enter on the terminal of a running serve. The terminal stays as it is: no raw mode, so Ctrl+C, Ctrl+Z and Ctrl+\
// are the terminal's own business, and there is nothing to restore.
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { codeOf } from '../../errors.ts'
import type { Terminal } from '../terminal.ts'

const LOOK_MS = 200
const READ_BYTES = 4096

/**
 * Calls `pressed` when somebody presses Enter, until the returned function is called. Does nothing where stdin is no
 * terminal, and where the system cannot say who is in the foreground (macOS: there Ctrl+T sends a signal instead).
 *
 * A read of a process in the background (`serve &`, or Ctrl+Z and `bg`) would stop it: so no stream waits for input
 * here, and right before each look the kernel is asked whose the terminal is.
 */
export function watchEnter({ stdin }: Pick<Terminal, 'stdin'>, pressed: () => void): () => void {
  const isTerminal = 'isTTY' in stdin && stdin.isTTY === true
  const terminal = isTerminal && isInForeground() !== undefined ? openTerminal() : undefined
  if (terminal === undefined) return () => {}
  const timer = setInterval(() => {
    if (!isInForeground()) return
    const typed = readTyped(terminal)
    if (typed === undefined) close()
    else if (typed.includes('\n')) pressed()
  }, LOOK_MS)
  let isOpen = true
  const close = () => {
    if (!isOpen) return
    isOpen = false
    clearInterval(timer)
    closeSync(terminal)
  }
  return close
}

/** Opened anew: a flag that is set on stdin itself would be seen by the shell that shares it. */
function openTerminal(): number | undefined {
  try {
    return openSync('/dev/tty', constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    return undefined
  }
}

/** Empty when nothing was typed; undefined when the terminal is gone. */
function readTyped(terminal: number): string | undefined {
  const buffer = Buffer.alloc(READ_BYTES)
  try {
    return buffer.toString('utf8', 0, readSync(terminal, buffer))
  } catch (thrown) {
    return codeOf(thrown) === 'EAGAIN' ? '' : undefined
  }
}

/** Whether our process group is the one that the terminal listens to; undefined where nobody knows. */
function isInForeground(): boolean | undefined {
  try {
    // Behind the name of the program in brackets: state, parent, group, session, terminal, the group in its foreground.
    const [, rest = ''] = /^.*\) (.*)$/s.exec(readFileSync('/proc/self/stat', 'utf8')) ?? []
    const [, , group, , , foreground] = rest.split(' ')
    return group !== undefined && group === foreground
  } catch {
    return undefined
  }
}
