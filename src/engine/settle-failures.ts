// What a failed settlement says: whether trying again can help, and whether a part of the batch may fare better.

/** SQLSTATE classes 22 (data exception) and 23 (integrity): trying again would give the same answer. */
export function isRefusedValue(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && /^2[23][0-9A-Z]{3}$/.test(String(thrown.code))
}

/**
 * Whether a part of the batch may fare better: a deadlock, a limit, a lock, an exception of a trigger, a damaged row, or
 * no answer in time. In an outage it would not, and a thousand single tries would only make it worse.
 */
export function mayBeOneRow(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const isSlow = thrown.message === 'Query read timeout'
  return isSlow || ('code' in thrown && /^(?:40|54|55|P0|XX)...$|^57014$/.test(String(thrown.code)))
}
