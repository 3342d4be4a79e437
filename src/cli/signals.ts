// Signals: the first asks to stop, a second one to stop at once, a third kills; SIGUSR2 asks what is going on. The only
// listener of the program.
import { constants } from 'node:os'

/**
 * npm and npx hand on a Ctrl+C that the terminal has sent to this process already, so one keypress may arrive twice,
 * milliseconds apart (tens of them on a busy machine). What comes this soon after the first is the same keypress; the
 * invitation to press again is shown only when the time is over, so who follows it is always heard.
 */
export const SAME_KEYPRESS_MS = 200

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface SignalListener {
  /** The first signal. */
  stop(signal: NodeJS.Signals): void
  /** From now on another signal counts. */
  armed?(): void
  /** Another SIGINT or SIGTERM. A closing terminal sends SIGHUP more than once, so that one never aborts. */
  abort?(): void
}

/** Listens until the returned function is called. Without `abort`, a second signal kills, as it does without us. */
export function listenForSignals(
  listener: SignalListener,
  source: Pick<NodeJS.EventEmitter, 'on' | 'off'> = process,
): () => void {
  let state: 'running' | 'same keypress' | 'armed' | 'over' = 'running'
  let timer: NodeJS.Timeout | undefined

  function receive(signal: NodeJS.Signals): void {
    if (state === 'running') {
      state = 'same keypress'
      timer = setTimeout(() => setImmediate(arm), SAME_KEYPRESS_MS)
      listener.stop(signal)
    } else if (state === 'armed' && signal !== 'SIGHUP') {
      state = 'over'
      listener.abort?.()
      // Not now: others that listen (ora does) would see that nobody minds the signal, and let it kill.
      setImmediate(close)
    }
  }

  // By way of setImmediate: after a blocked event loop, timers run before the signals that came meanwhile.
  function arm(): void {
    if (state !== 'same keypress') return
    state = 'armed'
    if (listener.abort === undefined) close()
    else listener.armed?.()
  }

  function close(): void {
    state = 'over'
    clearTimeout(timer)
    for (const signal of STOPPING) source.off(signal, receive)
  }

  for (const signal of STOPPING) source.on(signal, receive)
  return close
}

/** Calls `resume` when the process goes on after it was stopped (Ctrl+Z and `fg`), until the returned function is called. */
export function listenForContinue(
  resume: () => void,
  source: Pick<NodeJS.EventEmitter, 'on' | 'off'> = process,
): () => void {
  source.on('SIGCONT', resume)
  return () => void source.off('SIGCONT', resume)
}

/**
 * Stops this process as Ctrl+Z does, with all that was started together with it (npx, say). Where no shell could continue
 * it, the system does not stop it either.
 */
export function stopAsByCtrlZ(): void {
  process.kill(0, 'SIGTSTP')
}

/** Makes Node ask the terminal for its size: nobody tells a process that is stopped. */
export function askForSize(): void {
  process.kill(process.pid, 'SIGWINCH')
}

/** Asks for a report; SIGINFO is what Ctrl+T sends on macOS and the BSDs, and is unknown elsewhere. */
const ASKING = ['SIGUSR2', 'SIGINFO'] as const

/** Calls `report` at each signal that asks for one. Without it, they would end the process. */
export function listenForQuestions(
  report: () => void,
  source: Pick<NodeJS.EventEmitter, 'on'> = process,
): void {
  for (const signal of ASKING) if (signal in constants.signals) source.on(signal, report)
}
