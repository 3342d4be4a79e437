// How many tasks a filter means: counted stretch by stretch, so that no snapshot is held and Ctrl+C is heard.
import { setTimeout as sleep } from 'node:timers/promises'
import { countNext, type Group, type Place, startOf } from '../../db/filter/walk.ts'
import type { Pool } from '../../db/pool.ts'
import { isAnybodyAlive } from '../../db/processes.ts'
import type { TaskFilter } from '../../task/filter.ts'
import { count as counted, grouped } from '../../telemetry/words.ts'
import { startSpinner } from '../spinner.ts'
import type { Terminal } from '../terminal.ts'
import { nothingDone } from './confirm.ts'

/** Rows in one statement: 25 ms where they are in memory. */
const LOOKS = 20_000
/** While anybody serves, half of the time is theirs alone. */
const PAUSE_SHARE = 1

export interface Count {
  readonly matched: number
  readonly groups: readonly Group[]
}

/** By queue, kind and status, in that order. */
export async function count(
  pool: Pool,
  filter: TaskFilter,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Count> {
  const spinner = await startSpinner(terminal, 'counting')
  const sums = new Map<string, Group>()
  let matched = 0
  let looked = 0
  try {
    for (let place: Place | null = startOf(filter); place !== null; ) {
      if (signal.aborted) throw nothingDone()
      const beganMs = performance.now()
      const stretch = await countNext(pool, filter, place, LOOKS)
      for (const group of stretch.groups) {
        const key = JSON.stringify([group.queue, group.kind, group.status])
        sums.set(key, { ...group, count: group.count + (sums.get(key)?.count ?? 0) })
        matched += group.count
      }
      looked += stretch.looked
      place = stretch.next
      spinner.update(`counting: ${grouped(matched)} among the first ${counted(looked, 'task')}`)
      if (place !== null && (await isAnybodyAlive(pool)))
        await sleep(PAUSE_SHARE * (performance.now() - beganMs), undefined, { signal }).catch(() => {})
    }
  } finally {
    spinner.stop()
  }
  return { matched, groups: [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum) }
}
