// EXPLAIN (ANALYZE, BUFFERS) of the very statements that src/db sends, without what they do.
import type { Db, Pool } from '../../src/db/pool.ts'
import { rolledBack } from './fixtures.ts'

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  'Temp Written Blocks': number
  Plans?: PlanNode[]
}

export interface Explained {
  /** How the rows of `tasks` were found: the kinds of scan, and the indexes that they used. */
  readonly accesses: string[]
  /** Pages of 8 kB that were looked at. */
  readonly buffers: number
}

/**
 * What `act` sends is explained one after the other, executed, and rolled back. Its rows do not come back to `act`. Of a
 * message with several statements the last one is explained, after the others.
 */
export async function explain(pool: Pool, act: (db: Db) => Promise<unknown>): Promise<Explained> {
  const accesses = new Set<string>()
  let buffers = 0
  await rolledBack(pool, async (db) => {
    const query = async (text: string, values: unknown[]) => {
      const start = text.lastIndexOf(';') + 1
      if (start > 0) await db.query(text.slice(0, start))
      const explained = await db.query(`explain (analyze, buffers, format json) ${text.slice(start)}`, values)
      const plan: PlanNode = explained.rows[0]['QUERY PLAN'][0].Plan
      buffers += plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
      for (const access of accessesOf(plan)) accesses.add(access)
      return { rows: [{ counts: [], queues: [], processes: [] }] }
    }
    await act({ query } as unknown as Db)
  })
  return { accesses: [...accesses].sort(), buffers }
}

function accessesOf(node: PlanNode): string[] {
  const below = (node.Plans ?? []).flatMap(accessesOf)
  if (node['Node Type'] === 'ModifyTable') return below
  const index = node['Index Name']
  const isOfTasks = node['Relation Name'] === 'tasks' || index?.startsWith('tasks_')
  if (!isOfTasks || node['Node Type'] === 'Bitmap Heap Scan') return below
  return [index ?? node['Node Type'], ...below]
}
