// Every bound on a task, with its unit in its name. The database repeats those on names and attempts as constraints.

export const LIMITS = {
  /** PostgreSQL stores what is above 2 kB out of line; above this a payload should be a reference to a file. */
  payloadBytes: 1024 * 1024,
  /** JSON.stringify ends at some 4,000 levels, in whatever process happens to handle the payload. */
  payloadLevels: 1000,
  resultBytes: 1024 * 1024,
  errorChars: 10_000,
  logLineChars: 10_000,
  /** What a handler logs beyond this is counted, not kept. */
  logLinesPerAttempt: 1_000,
  /** 100 years: what is later is never, and no timestamp must overflow. */
  delayMs: 100 * 365 * 86_400_000,
  nameChars: 128,
  uniqueKeyChars: 512,
  cronChars: 256,
  maxAttempts: 1000,
  minPriority: -32_768,
  maxPriority: 32_767,
  /** The column has 32 bits; almost 25 days. */
  timeoutMs: 2 ** 31 - 1,
  /** Rows in one statement that may wait for somebody's lock, or make others wait for its own. */
  batchRows: 500,
  /** Outcomes in one settlement, where so many are there: each of 2,000 costs the server a tenth less than each of 500. */
  settleRows: 2000,
  /** Tasks on one page of a listing. */
  pageRows: 1000,
  /** Rows in one INSERT: 25 ms of a server, and nobody waits for their locks. Each of 2,000 costs a fifth less than each of 500; of 5,000, a twentieth less again. */
  insertRows: 5000,
  /** Of results and errors in one settlement, of payloads in one INSERT of a library: a batch must not hold up the event loop, nor fill the memory. */
  batchBytes: 4 * 1024 * 1024,
} as const

/** A task whose process died this often under it is quarantined; one death before that, it runs alone. */
export const DEFAULT_CRASH_LIMIT = 3

/** Room for `… (N more characters)` with any N that a text can have. */
const NOTE_CHARS = 35

/** `text` in at most `maxChars` (50 or more), with a note of how much is missing; no character is cut in two. */
export function clip(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  let kept = maxChars - NOTE_CHARS
  const isHighSurrogate = (text.charCodeAt(kept - 1) & 0xfc00) === 0xd800
  if (isHighSurrogate) kept -= 1
  return `${text.slice(0, kept)}… (${text.length - kept} more characters)`
}
