// The scripts of pgbench for the floor, made from the statements of taskproc as they are sent: they can never differ.
import { claim } from '../dist/db/claim.js'
import { enqueue } from '../dist/db/enqueue.js'
import { settle } from '../dist/db/settle.js'
import { FROM_THE_FRONT } from '../dist/task/lane.js'

/** The statement that a verb of src/db sends, with `$1`, `$2`... replaced by what `values` has for it. */
async function sent(verb, values) {
  let statement
  const db = {
    async query(text) {
      statement ??= text
      return { rows: [] }
    },
  }
  await verb(db)
  return statement.trim().replace(/\$(\d+)/g, (_, number) => values[Number(number) - 1])
}

const LANE = { queue: 'default', kind: 'noop', priority: 0, ...FROM_THE_FRONT, limit: 500 }

/**
 * Claims a batch, and settles it: each a transaction of its own, as a process does it. A claim begins behind the last
 * one of its client, also as a process does it. The claim stands in a CTE, so that pgbench, which has no lists, gets three
 * values to send back: what array_agg costs here is what the rows of the answer cost a process.
 */
export async function claimAndSettle(batch) {
  const claiming = await sent(
    (db) => claim(db, 1, batch, [LANE]),
    [
      'cast(:process as bigint)',
      `${batch}`,
      `'{default}'`,
      `'{noop}'`,
      `'{0}'`,
      'array[cast(:after_run_at as float8)]',
      'array[cast(:after_id as bigint)]',
      '1',
      `'{${batch}}'`,
      'null',
    ],
  )
  const settling = await sent(
    (db) =>
      settle(db, 'bench', [
        {
          claim: { id: 1, claimNumber: 1, processId: 1 },
          settlement: { verb: 'complete', result: null },
          tookMs: null,
        },
      ]),
    [':ids', ':claim_numbers', ':owners', `'{}'`],
  )
  return `\\set process :client_id + 1
with claimed as (
${claiming})
select coalesce(array_agg(id), '{}') as ids, coalesce(array_agg(claim_number), '{}') as claim_numbers,
  coalesce(array_agg(cast(:process as bigint)), '{}') as owners,
  coalesce(max(run_at_s), :after_run_at) as after_run_at, coalesce(max(id), :after_id) as after_id
from claimed \\gset
${settling};
`
}

/** Registers the processes in whose names the clients claim. */
export const REGISTER = `
insert into taskproc.processes (id, name, host, pid, version, kinds, workers, lease_ms)
overriding system value
select id, 'floor-' || id, 'bench', id, 'floor', '{noop}', 1, 3600000 from generate_series(1, 64) id`

/** One INSERT of `rows` rows with their values written out: what anybody does without COPY. */
export function multiRowInsert(rows) {
  const values = Array.from({ length: rows }, (_, n) => `('noop', '{"n": ${n}}')`)
  return `insert into taskproc.tasks (kind, payload) values\n${values.join(',\n')};\n`
}

/** What `enqueue` sends for one task. */
export async function singleEnqueue() {
  let line = ''
  const db = {
    async query(_, [rows]) {
      // pgbench takes a name behind a colon for a variable of its own.
      line = rows.replaceAll(':', ': ')
      return { rows: [] }
    },
  }
  const task = { kind: 'noop', payload: { n: 0 } }
  await enqueue(db, [task])
  return `${await sent((recorder) => enqueue(recorder, [task]), [`'${line}'`])};\n`
}
