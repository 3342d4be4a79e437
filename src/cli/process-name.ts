// What a process is called that was given no name.
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { LIMITS } from '../task/limits.ts'

const RANDOM_BYTES = 3

/** Host, pid, and what tells processes apart when a container gives each the same host name and pid. */
export function uniqueName(): string {
  const suffix = `-${process.pid}-${randomBytes(RANDOM_BYTES).toString('hex')}`
  return hostname().slice(0, LIMITS.nameChars - suffix.length) + suffix
}
