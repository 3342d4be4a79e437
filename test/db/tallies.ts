// What the tallies say, and what they should: the difference between the tasks that are there and those that processes settled.
import type { Db } from '../../src/db/db.ts'

export type Tallies = Record<string, { done: number; error: number; cancelled: number }>

/** By `queue kind`; where all three are 0 it is left out. */
export async function readTallies(db: Db): Promise<Tallies> {
  const { rows } = await db.query<{ name: string; done: number; error: number; cancelled: number }>(`
    select queue || ' ' || kind as name, done, error, cancelled from taskproc.tallies
    where (done, error, cancelled) <> (0, 0, 0) order by 1`)
  return Object.fromEntries(rows.map(({ name, ...sums }) => [name, sums]))
}
