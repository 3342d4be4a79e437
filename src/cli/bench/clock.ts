// One clock for all processes of a measurement on this machine.

/** From performance.now, which is cheap, to the monotonic clock of the system, which all processes share. */
const OFFSET_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now()

/** Milliseconds since the machine started: no adjustment of the time of day moves it. */
export function nowMs(): number {
  return performance.now() + OFFSET_MS
}
