// A reading of the page that is shown: what the database says, or why it does not.
import type { Pool } from '../../db/pool.ts'
import { monotonicMs } from '../../engine/clock.ts'
import type { Frames } from './frames.ts'
import { readOverview, readTaskView, whyNot } from './source.ts'
import type { Reading } from './state.ts'

export interface Source {
  readonly pool: Pool
  readonly url: string
  readonly intervalMs: number
  readonly isExact: boolean
}

/** Reads once; resolves with the milliseconds until the next time. A slow database is asked for half of the time at most. */
export async function readPage(
  { pool, url, intervalMs, isExact }: Source,
  { state, change }: Frames,
): Promise<number> {
  const startedMs = monotonicMs()
  change((before) => ({ ...before, readingSinceMs: startedMs }))
  try {
    const { page } = state()
    const reading =
      page.name === 'task'
        ? { taskView: stamped(await readTaskView(pool, page.id)) }
        : { overview: stamped(await readOverview(pool, { exact: isExact })) }
    change((before) => ({ ...before, ...reading, trouble: null, readingSinceMs: null }))
  } catch (thrown) {
    const sinceMs = state().trouble?.sinceMs ?? startedMs
    change((before) => ({ ...before, trouble: { sinceMs, ...whyNot(thrown, url) }, readingSinceMs: null }))
  }
  const tookMs = monotonicMs() - startedMs
  return Math.max(intervalMs - tookMs, tookMs)
}

function stamped<Value>(value: Value): Reading<Value> {
  return { value, atMs: monotonicMs(), clock: `${new Date().toISOString().slice(11, 19)} UTC` }
}
