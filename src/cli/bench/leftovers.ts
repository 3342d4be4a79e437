// Before a measurement: what one that was killed left behind is taken away, and it is said. What still runs is left alone.
import { deleteLeftRows, readLeftQueues } from '../../db/bench/left-rows.ts'
import { administer, dropLeftovers } from '../../db/bench/scratch.ts'
import { requireCurrentSchema } from '../../db/migrate.ts'
import { count } from '../../telemetry/words.ts'
import type { Database } from '../database.ts'

type Say = (line: string) => void

/** Drops the scratch databases that were left on this server; calls `say` with a line for each. */
export async function removeLeftDatabases(url: string, say: Say): Promise<void> {
  for (const name of await dropLeftovers(url)) say(`${REMOVED} the database ${name}`)
}

/** Deletes the rows that were left in this database; calls `say` with a line for each queue of them. */
export async function removeLeftRows({ url, pool }: Pick<Database, 'url' | 'pool'>, say: Say): Promise<void> {
  // Without our schema, or with that of another version, there is nothing that we would know of.
  const hasSchema = await requireCurrentSchema(pool).then(
    () => true,
    () => false,
  )
  if (!hasSchema) return
  for (const queue of await readLeftQueues(pool)) {
    const tasks = await administer(url, (db) => deleteLeftRows(db, queue))
    say(`${REMOVED} ${count(tasks, 'task')} of the queue ${queue}`)
  }
}

const REMOVED = 'removed what a benchmark that was killed left behind:'
