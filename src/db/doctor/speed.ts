// Doctor: how long claims and settlements take: as pg_stat_statements counted them where it is there, and by a look at
// the front of the lanes that changes nothing: dead entries there are what slows a claim down.
import { messageOf } from '../../errors.ts'
import type { LaneName } from '../../task/lane.ts'
import { count, duration, grouped } from '../../task/words.ts'
import type { Db } from '../db.ts'
import { readDueLanes } from './due-lanes.ts'
import { type Check, type Examined, type Finding, rowsOf } from './finding.ts'

/** What pg_stat_statements knows of one of our statements. */
export interface StatementTimes {
  statement: 'claim' | 'settlement'
  calls: number
  mean_ms: number
  /** For each call. */
  rows: number
}

/** What it took to find the first tasks of a lane. */
export interface LaneProbe extends LaneName {
  /** Pages of 8 kB that were looked at. */
  pages: number
  found: number
  took_ms: number
}

export const SPEED: Check = {
  name: 'speed',
  needsSchema: true,
  examine: async (db) => {
    const lanes = (await readDueLanes(db)).filter(({ is_paused }) => !is_paused)
    const probes: LaneProbe[] = []
    for (const lane of lanes.slice(0, MOST_PROBES)) probes.push(await probe(db, lane))
    const { findings, note } = await readTimes(db)
    return { findings: [...findings, ...probes.flatMap(judgeProbe)], note }
  },
}

const MOST_PROBES = 5

async function readTimes(db: Db): Promise<Examined> {
  const [place] = await rowsOf<{ name: string }>(db, EXTENSION)
  if (place === undefined)
    return { findings: [], note: 'by a look at the lanes; pg_stat_statements would know more' }
  // Where the library is not loaded the view is there and refuses; the look at the lanes has been taken by then.
  await db.query('savepoint statements')
  try {
    const times = await rowsOf<StatementTimes>(db, TIMES.replace('EXTENSION', place.name))
    return {
      findings: times.flatMap(judgeTimes),
      note: times.map(said).join(', ') || 'none were counted yet',
    }
  } catch (thrown) {
    await db.query('rollback to savepoint statements')
    const reason = messageOf(thrown)
    return { findings: [], note: `by a look at the lanes; ${reason}` }
  }
}

function said({ statement, mean_ms, calls }: StatementTimes): string {
  return `${grouped(calls)} ${statement}s at ${duration(mean_ms)}`
}

/** With fewer calls one slow disk or one lock is most of the mean. */
const FEWEST_CALLS = 20
/** On two cores a claim of 500 takes 10 ms, a settlement of 500 as much. */
const PATIENCE_MS = 25
const PATIENCE_FOR_EACH_ROW_MS = 0.25

export function judgeTimes({ statement, calls, mean_ms, rows }: StatementTimes): Finding[] {
  const limitMs = PATIENCE_MS + PATIENCE_FOR_EACH_ROW_MS * rows
  if (calls < FEWEST_CALLS || mean_ms <= limitMs) return []
  const evidence = `${grouped(calls)} ${statement}s took ${duration(mean_ms)} each, for ${rows.toFixed(1)} tasks; ${duration(limitMs)} would be slow`
  const fix = 'select pg_stat_statements_reset(); -- counts afresh, when what else is found here is mended'
  return [{ name: `slow ${statement}s`, severity: 'warning', evidence, fix }]
}

const PROBED = 10
/** Some pages to go down the index, and for each task its own page and a few dead ones beside it. */
const FAIR_PAGES = 200
const FAIR_PAGES_FOR_EACH = 30

export function judgeProbe({ queue, kind, priority, pages, found, took_ms }: LaneProbe): Finding[] {
  if (pages <= FAIR_PAGES + FAIR_PAGES_FOR_EACH * found) return []
  const evidence = `to find the first ${count(found, 'task')} of ${kind} in ${queue} (priority ${priority}), ${grouped(pages)} pages were looked at in ${duration(took_ms)}: dead rows lie in front of them`
  const fix = 'vacuum taskproc.tasks; -- if they stay, an old snapshot holds them'
  return [{ name: 'slow lane', severity: 'warning', evidence, fix }]
}

interface Probed {
  Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number; 'Actual Rows': number }
  'Execution Time': number
}

async function probe(db: Db, { queue, kind, priority }: LaneName): Promise<LaneProbe> {
  const [row] = await rowsOf<{ 'QUERY PLAN': [Probed] }>(db, PROBE, [queue, kind, priority, PROBED])
  if (row === undefined) throw new Error('EXPLAIN gave no plan')
  const [{ Plan: plan, 'Execution Time': took_ms }] = row['QUERY PLAN']
  const pages = plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
  return { queue, kind, priority, pages, found: plan['Actual Rows'], took_ms }
}

// As a claim looks, without the locks.
const PROBE = `
explain (analyze, buffers, timing off, format json)
select t.ctid from taskproc.tasks t
where t.claimable and t.queue = $1 and t.kind = $2 and t.priority = $3 and t.run_at <= now()
order by t.run_at, t.id limit $4`

const EXTENSION = `
select quote_ident(n.nspname) || '.pg_stat_statements' as name
from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'`

// Told by words that only these statements have; constants are numbered parameters there, comments and line ends stay.
const TIMES = `
select statement, sum(calls)::float8 as calls, sum(total_exec_time) / sum(calls) as mean_ms,
  sum(rows)::float8 / sum(calls)::float8 as rows
from (
  select s.*, case when query like '%as lane(queue, kind, priority, after_run_at%' then 'claim'
    when query like '%as sent(id, claim_number, owner, result)%' then 'settlement'
    when query like '%as sent(id, claim_number, owner, verb, delay_ms%' then 'settlement' end as statement
  from EXTENSION s
  where s.dbid = (select oid from pg_database where datname = current_database()) and s.query not like 'explain%'
) as ours
where statement is not null and calls > 0
group by statement order by statement`
