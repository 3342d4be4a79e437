// The reason with which the signal of a run is aborted: what happened, and how long the handler still has.

/** The DOMException that `signal.reason` is, as fetch and timers know it, with the time until nobody waits any more. */
export interface StopError extends DOMException {
  readonly graceMs: number
}

/**
 * The reason to abort a run with: `message` says what happened, and in `graceMs` milliseconds nobody waits for it any
 * more.
 */
export function stopError(message: string, graceMs: number): StopError {
  return Object.assign(new DOMException(message, 'AbortError'), { graceMs })
}

/** The grace of a signal's reason; none where the reason is somebody else's. */
export function graceMsOf(reason: unknown): number {
  return reason instanceof DOMException && 'graceMs' in reason ? Number(reason.graceMs) : 0
}
