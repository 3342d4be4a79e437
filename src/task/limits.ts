// Every bound on a task, with its unit in its name. The database repeats those on names and attempts as constraints.

export const LIMITS = {
  /** PostgreSQL stores what is above 2 kB out of line; above this a payload should be a reference to a file. */
  payloadBytes: 1024 * 1024,
  resultBytes: 1024 * 1024,
  errorChars: 10_000,
  logLineChars: 10_000,
  nameChars: 128,
  uniqueKeyChars: 512,
  maxAttempts: 1000,
  /** Rows in one INSERT or settlement: above 500 neither gets faster, and a lock is held for longer. */
  batchRows: 500,
} as const

/** A task whose process died this often under it is quarantined; one death before that, it runs alone. */
export const DEFAULT_CRASH_LIMIT = 3

/** `text` cut to `maxChars`, with a note of how much is missing. */
export function clip(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text
  return `${text.slice(0, maxChars)}… (${text.length - maxChars} more characters)`
}
