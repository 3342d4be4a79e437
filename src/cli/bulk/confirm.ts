// The question before a bulk act, on a terminal.
import { createInterface } from 'node:readline'
import { ExpectedError } from '../../errors.ts'
import { isScreen, type Terminal } from '../terminal.ts'

/** Whether somebody is there to read a question and to answer it. */
export function canAsk({ stdin, stderr }: Terminal): boolean {
  return 'isTTY' in stdin && stdin.isTTY === true && isScreen(stderr)
}

/** True for y or yes. Enter, anything else and the end of the input are no; Ctrl+C throws. */
export async function confirm(
  { stdin, stderr }: Terminal,
  question: string,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted()
  // The terminal stays as it is: it edits the line, and makes a signal of Ctrl+C.
  const lines = createInterface({ input: stdin, terminal: false })
  stderr.write(`${question} (y/N) `)
  try {
    const answer = await new Promise<string | undefined>((resolve, reject) => {
      lines.once('line', resolve).once('close', () => resolve(undefined))
      signal.addEventListener('abort', () => reject(nothingDone()), { once: true })
    })
    if (answer === undefined) stderr.write('\n')
    return /^\s*y(es)?\s*$/i.test(answer ?? '')
  } catch (thrown) {
    stderr.write('\n')
    throw thrown
  } finally {
    lines.close()
  }
}

export function nothingDone(): ExpectedError {
  return new ExpectedError('interrupted: nothing was done', 'Run it again when you want it.')
}
