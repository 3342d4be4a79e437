// A line that moves while somebody waits, on a terminal; off a terminal nothing, the log tells.
import { isDecorated, type Terminal } from './terminal.ts'

export interface Spinner {
  /** Whether anybody sees it. */
  readonly isShown: boolean
  update(text: string): void
  /** Takes the line away. Safe twice. */
  stop(): void
}

const HIDDEN: Spinner = { isShown: false, update: () => {}, stop: () => {} }

/** One at a time. While it turns, lines written to stdout and stderr go above it. */
export async function startSpinner(terminal: Terminal, text: string): Promise<Spinner> {
  // A terminal without a size (a serial line, some of CI) has 0 columns, on which ora counts lines for ever.
  const hasSize = (terminal.stderr.columns ?? 0) > 0
  if (!hasSize || !isDecorated(terminal.stderr, terminal.env)) return HIDDEN
  const { default: ora } = await import('ora')
  // Discarding stdin would put the terminal in raw mode, in which Ctrl+C is no signal any more.
  const spinner = ora({ text, stream: terminal.stderr, isEnabled: true, discardStdin: false }).start()
  return {
    isShown: true,
    update: (line) => {
      spinner.text = line
    },
    stop: () => void spinner.stop(),
  }
}
