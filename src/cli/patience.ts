// A spinner for what is quick as a rule: it comes only when somebody has waited for a while.
import { startSpinner } from './spinner.ts'
import type { Terminal } from './terminal.ts'

const SHOWN_AFTER_MS = 500

/** The outcome of `work`. On a screen `text` turns while it takes its time, until `signal` is aborted. */
export async function withPatience<T>(
  terminal: Terminal,
  text: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const end = AbortSignal.any([over.signal, signal])
  const timer = setTimeout(() => {
    void startSpinner(terminal, text).then((spinner) => {
      if (end.aborted) spinner.stop()
      else end.addEventListener('abort', () => spinner.stop(), { once: true })
    })
  }, SHOWN_AFTER_MS)
  end.addEventListener('abort', () => clearTimeout(timer), { once: true })
  try {
    return await work()
  } finally {
    over.abort()
  }
}
