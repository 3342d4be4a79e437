// Under which account the server runs. PostgreSQL refuses root, so a root caller lends it another one.
import { execFileSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import type { Home } from './home.ts'

/** Existing accounts without rights; the first that this system knows is used. */
const UNPRIVILEGED = ['postgres', 'nobody']

export interface Account {
  /** Set when root lends another account: spawn with these ids, and give it the data. */
  readonly ids?: { readonly uid: number; readonly gid: number }
  /** Words in front of the command. */
  readonly prefix: readonly string[]
}

/**
 * The accounts to try, the better one first. Existing data decide: who owns them runs the server.
 * For root that is an unprivileged account. A root that may not change its uid (a container without CAP_SETUID, a user
 * namespace of one uid) gets a namespace of its own, in which the same kernel uid has the name of that account.
 */
export function accountsFor(home: Home): Account[] {
  if (process.getuid?.() !== 0) return [{ prefix: [] }]
  const owner = lstatSync(home.data, { throwIfNoEntry: false })
  if (owner !== undefined && owner.uid !== 0) return [{ ids: { uid: owner.uid, gid: owner.gid }, prefix: [] }]
  const known = UNPRIVILEGED.map(idsOf).filter((ids) => ids !== undefined)
  const lent = known.map((ids) => ({ ids, prefix: [] }))
  const renamed = known.map(({ uid, gid }) => ({
    prefix: ['unshare', '-U', `--map-user=${uid}`, `--map-group=${gid}`, '--'],
  }))
  // Data of root can only be those of a renamed root.
  return owner === undefined ? [...lent, ...renamed] : renamed
}

function idsOf(name: string): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string): number =>
      Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}
