// `stats --watch --json`: the document of `stats --json`, one line in each interval, for programs.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from '../../db/pool.ts'
import { readStats } from '../../db/stats/stats.ts'
import type { Terminal } from '../terminal.ts'
import { whyNot } from './source.ts'

export interface StreamOptions {
  readonly pool: Pool
  readonly url: string
  readonly intervalMs: number
  readonly isExact: boolean
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

/** Resolves when nobody reads any more. While the database is away there are no lines; stderr says so once. */
export async function stream({
  pool,
  url,
  intervalMs,
  isExact,
  terminal,
  signal,
}: StreamOptions): Promise<void> {
  const { stdout, stderr } = terminal
  let isAway = false
  while (stdout.writable && !signal.aborted) {
    try {
      const line = `${JSON.stringify(await readStats(pool, { exact: isExact }))}\n`
      if (isAway) stderr.write('the database answers again\n')
      isAway = false
      // A slow reader is not given what it could not read yet: that would fill the memory.
      if (!stdout.write(line))
        await Promise.race([once(stdout, 'drain', { signal }), closed(terminal, signal)])
    } catch (thrown) {
      if (signal.aborted) return
      const why = whyNot(thrown, url)
      if (!why.isAway) throw thrown
      if (!isAway) stderr.write(`the database is away: ${why.reason}\n`)
      isAway = true
    }
    await Promise.race([sleep(intervalMs, undefined, { signal }).catch(() => {}), closed(terminal, signal)])
  }
}

function closed({ stdout }: Terminal, signal: AbortSignal): Promise<unknown> {
  return stdout.writable ? once(stdout, 'close', { signal }).catch(() => {}) : Promise.resolve()
}
