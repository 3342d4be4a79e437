// EXPLAIN (ANALYZE, BUFFERS, WAL) of the very statements that src/db sends, without what they do.
import type { Db, Pool } from '../../src/db/pool.ts'
import { rolledBack } from './fixtures.ts'

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  'Temp Written Blocks': number
  'WAL Bytes': number
  'WAL FPI': number
  Plans?: PlanNode[]
}

export interface Explained {
  /** How the rows of `tasks` were found: the kinds of scan, and the indexes that they used. */
  readonly accesses: string[]
  /** Pages of 8 kB that were looked at. */
  readonly buffers: number
  /** Written to the log, with the pages that are in it as a whole since they were touched for the first time after a checkpoint. */
  readonly walBytes: number
  /** How many pages those are. */
  readonly wholePages: number
}

/**
 * What `act` sends is explained one after the other, executed, and rolled back. Its rows do not come back to `act`. Of a
 * message with several statements the last one is explained, after the others.
 */
export async function explain(pool: Pool, act: (db: Db) => Promise<unknown>): Promise<Explained> {
  const accesses = new Set<string>()
  const sums = { buffers: 0, walBytes: 0, wholePages: 0 }
  await rolledBack(pool, async (db) => {
    const query = async (asked: string | { text: string; values: unknown[] }, given: unknown[]) => {
      const { text, values } = typeof asked === 'string' ? { text: asked, values: given } : asked
      const start = text.lastIndexOf(';') + 1
      if (start > 0) await db.query(text.slice(0, start))
      const explained = await db.query(
        `explain (analyze, buffers, wal, format json) ${text.slice(start)}`,
        values,
      )
      const plan: PlanNode = explained.rows[0]['QUERY PLAN'][0].Plan
      sums.buffers += plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
      sums.walBytes += plan['WAL Bytes']
      sums.wholePages += plan['WAL FPI']
      for (const access of accessesOf(plan)) accesses.add(access)
      return { rows: [{ counts: [], queues: [], processes: [] }] }
    }
    await act({ query } as unknown as Db)
  })
  return { accesses: [...accesses].sort(), ...sums }
}

function accessesOf(node: PlanNode): string[] {
  const below = (node.Plans ?? []).flatMap(accessesOf)
  if (node['Node Type'] === 'ModifyTable') return below
  const index = node['Index Name']
  const isOfTasks = node['Relation Name'] === 'tasks' || index?.startsWith('tasks_')
  if (!isOfTasks || node['Node Type'] === 'Bitmap Heap Scan') return below
  return [index ?? node['Node Type'], ...below]
}
