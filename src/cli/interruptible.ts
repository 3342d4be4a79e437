// Short commands and signals: the first one ends the command as an expected error, with everything given back.
import { ExpectedError } from '../errors.ts'
import { listenForSignals } from './signals.ts'

const WHAT_STAYS = 'What was committed stays; look at it with: taskproc stats'

/** Runs `work`; its signal is aborted by the first SIGINT, SIGTERM or SIGHUP. `hint` says what an interruption leaves. */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  hint = WHAT_STAYS,
): Promise<T> {
  const interruption = new AbortController()
  const stopListening = listenForSignals({
    stop: (signal) => interruption.abort(new Interrupted(signal, hint)),
  })
  try {
    return await work(interruption.signal)
  } finally {
    stopListening()
  }
}

/** How a command ends that was interrupted; one that only watched takes it for its ordinary end. */
export class Interrupted extends ExpectedError {
  override readonly name = 'Interrupted'
  readonly signal: NodeJS.Signals

  constructor(signal: NodeJS.Signals, hint: string) {
    super(`interrupted by ${signal}`, hint)
    this.signal = signal
  }
}

/** Whether this error is a Ctrl+C: for commands that show something until somebody has seen enough, a good end. */
export function isCtrlC(thrown: unknown): boolean {
  return thrown instanceof Interrupted && thrown.signal === 'SIGINT'
}

/** `promise`, or the reason of `signal` as soon as it is aborted. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const stop = new AbortController()
  try {
    return await Promise.race([promise, rejection(signal, stop.signal)])
  } finally {
    stop.abort()
  }
}

function rejection(signal: AbortSignal, until: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: until })
  })
}
