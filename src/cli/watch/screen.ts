// The terminal while the screen is ours: entered, drawn on in one write a frame, and given back however it ends.
import { ReadStream, WriteStream } from 'node:tty'
import ansi from 'ansi-escapes'
import { EXIT, ExpectedError } from '../../errors.ts'
import type { Terminal } from '../terminal.ts'

export interface Size {
  readonly columns: number
  readonly rows: number
}

export interface Screen {
  readonly input: ReadStream
  size(): Size
  /** Takes the screen, or takes it again. */
  enter(): void
  /** Gives it back as it was: main screen, cursor, modes. Safe twice. */
  leave(): void
  /** Shows these lines, which must fit; only those that changed are written. */
  draw(lines: readonly string[]): void
  /** Forgets what is shown, so that the next frame is written as a whole. */
  forget(): void
  /** Calls `resized` whenever there is more or less room, until the returned function is called. */
  onResize(resized: () => void): () => void
}

const NO_WRAP = '\u001b[?7l'
const WRAP = '\u001b[?7h'
/** Of a terminal that does not know its size. */
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 }

/** Throws an expected error (exit 2) where there is no terminal on which a screen can be drawn. */
export function createScreen({ stdin, stdout, env }: Terminal): Screen {
  if (!(stdin instanceof ReadStream && stdout instanceof WriteStream && stdout.isTTY)) throw noTerminal('')
  if (env['TERM'] === 'dumb') throw noTerminal(' that can move its cursor, and TERM is dumb')
  const input = stdin
  const output = stdout
  let isOurs = false
  let shown: readonly string[] = []

  function enter(): void {
    // Off and on: a shell may have set the mode meanwhile, and libuv would think that nothing is to do.
    input.setRawMode(false)
    input.setRawMode(true)
    input.resume()
    if (!isOurs) process.on('exit', leave)
    isOurs = true
    shown = []
    output.write(ansi.enterAlternativeScreen + ansi.cursorHide + NO_WRAP + ansi.eraseScreen)
  }

  function leave(): void {
    if (!isOurs) return
    isOurs = false
    process.off('exit', leave)
    output.write(ansi.endSynchronizedOutput + WRAP + ansi.cursorShow + ansi.exitAlternativeScreen)
    input.setRawMode(false)
    input.pause()
  }

  function draw(lines: readonly string[]): void {
    if (!isOurs) return
    const isWhole = shown.length !== lines.length
    const changed = lines.flatMap((line, row) => (isWhole || line !== shown[row] ? [lineAt(row, line)] : []))
    shown = [...lines]
    if (changed.length === 0) return
    output.write(ansi.synchronizedOutput((isWhole ? ansi.eraseScreen : '') + changed.join('')))
  }

  return {
    input,
    size: () => ({
      columns: output.columns || DEFAULT_SIZE.columns,
      rows: output.rows || DEFAULT_SIZE.rows,
    }),
    enter,
    leave,
    draw,
    forget: () => {
      shown = []
    },
    onResize: (resized) => {
      output.on('resize', resized)
      return () => void output.off('resize', resized)
    },
  }
}

/** Erased first: a line may jump over columns (see paint), in which the last frame must not show. */
function lineAt(row: number, line: string): string {
  return ansi.cursorTo(0, row) + ansi.eraseEndLine + line
}

function noTerminal(which: string): ExpectedError {
  return new ExpectedError(
    `stats --watch needs a terminal${which}`,
    'Without one: taskproc stats, or a document in each interval: taskproc stats --watch --json.',
    EXIT.usage,
  )
}
