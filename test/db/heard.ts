// What others hear of an act: all of its notifications, and none of what came before it.
import { listen } from '../../src/db/listen.ts'
import type { Pool } from '../../src/db/pool.ts'
import { eventually } from '../support/eventually.ts'

export type HeardDuring = (act: () => Promise<unknown>) => Promise<string[]>

/**
 * Listens, and returns a function that says what was heard of an act: `work QUEUE`, `pause QUEUE`, `schedule`, as they
 * came. Notifications are heard in the order of their commits, so a mark before the act and one behind it bound them.
 */
export async function listenToActs(url: string, pool: Pool): Promise<HeardDuring> {
  const heard: string[] = []
  let marks = 0
  await listen({ url, applicationName: 'test' }, pool, {
    onWork: (queue) => void heard.push(`work ${queue}`),
    onPause: (queue) => void heard.push(`pause ${queue}`),
    onSchedule: () => void heard.push('schedule'),
    onCancel: () => {},
  })
  const heardUpToNow = async () => {
    const mark = `mark ${marks++}`
    await pool.query(`select pg_notify('taskproc_work', $1)`, [mark])
    await eventually('what comes behind it', () => heard.at(-1) === `work ${mark}`)
    return heard.splice(0).slice(0, -1)
  }
  return async (act) => {
    await heardUpToNow()
    await act()
    return heardUpToNow()
  }
}
