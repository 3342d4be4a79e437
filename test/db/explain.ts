// EXPLAIN (ANALYZE, BUFFERS, WAL) of the very statements that src/db sends, without what they do.
import pg from 'pg'
import type { Db } from '../../src/db/db.ts'
import type { Pool } from '../../src/db/pool.ts'
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
  const statements: Explained[] = []
  await rolledBack(pool, async (db) => {
    const query = async (asked: string | { text: string; values: unknown[] }, given: unknown[]) => {
      const { text, values } = typeof asked === 'string' ? { text: asked, values: given } : asked
      const start = text.lastIndexOf(';') + 1
      if (start > 0) await db.query(text.slice(0, start))
      const { rows } = await db.query(
        `explain (analyze, buffers, wal, format json) ${text.slice(start)}`,
        values,
      )
      statements.push(explained(rows[0]['QUERY PLAN'][0].Plan))
      return { rows: [{ counts: [], queues: [], processes: [] }] }
    }
    await act({ query } as unknown as Db)
  })
  const sum = (of: 'buffers' | 'walBytes' | 'wholePages') =>
    statements.reduce((total, statement) => total + statement[of], 0)
  return {
    accesses: [...new Set(statements.flatMap(({ accesses }) => accesses))].sort(),
    ...{ buffers: sum('buffers'), walBytes: sum('walBytes'), wholePages: sum('wholePages') },
  }
}

/**
 * How the tasks are found by a statement that the one connection of `pool` has prepared, with `values` in place of those
 * it was prepared with. It is carried out and rolled back; the plan is the one that was kept, if it was.
 */
export async function explainPrepared(pool: Pool, name: string, values: unknown[]): Promise<Explained> {
  return rolledBack(pool, async (db) => {
    const { rows } = await db.query(
      `explain (analyze, buffers, wal, format json) execute ${name} (${values.map(literal).join()})`,
    )
    return explained(rows[0]['QUERY PLAN'][0].Plan)
  })
}

function literal(value: unknown): string {
  if (value === null) return 'null'
  return pg.escapeLiteral(Array.isArray(value) ? `{${value.join()}}` : String(value))
}

function explained(plan: PlanNode): Explained {
  return {
    accesses: [...new Set(accessesOf(plan))].sort(),
    buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    walBytes: plan['WAL Bytes'],
    wholePages: plan['WAL FPI'],
  }
}

function accessesOf(node: PlanNode): string[] {
  const below = (node.Plans ?? []).flatMap(accessesOf)
  if (node['Node Type'] === 'ModifyTable') return below
  const index = node['Index Name']
  const isOfTasks = node['Relation Name'] === 'tasks' || index?.startsWith('tasks_')
  if (!isOfTasks || node['Node Type'] === 'Bitmap Heap Scan') return below
  return [index ?? node['Node Type'], ...below]
}
