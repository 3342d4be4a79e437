// A process shows that it is here by a file whose *name* says who made it. What a killed process leaves behind is
// recognised by anybody, and since no name is used twice, anybody may clear it away: there is no takeover to race for.
import { closeSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startOf } from './processes.ts'

export interface Presence {
  readonly path: string
  readonly pid: number
}

/** The presence of this process in `directory`, shown or not. The same `label` means the same one. */
export function ownPresence(directory: string, label: string): Presence {
  return { path: join(directory, `${process.pid}.${startOf(process.pid)}.${label}`), pid: process.pid }
}

/** Shows it. The name says everything, so there is no moment when it is there and incomplete. */
export function showPresence(presence: Presence): void {
  closeSync(openSync(presence.path, 'w'))
}

/** Takes it away. */
export function endPresence(presence: Presence): void {
  rmSync(presence.path, { force: true })
}

/** Who is here and lives, this process too. Clears away what dead processes left. */
export function present(directory: string): Presence[] {
  const living: Presence[] = []
  for (const name of readdirSync(directory)) {
    const [pid, start] = name.split('.')
    const presence = { path: join(directory, name), pid: Number(pid) }
    if (start !== undefined && startOf(presence.pid) === start) living.push(presence)
    else endPresence(presence)
  }
  return living
}
