// Doctor: how this database would claim and settle, by EXPLAIN of the very statements, which runs nothing and locks nothing.
import { FROM_THE_FRONT, type LaneName, type LaneStart } from '../../task/lane.ts'
import { bytes } from '../../task/words.ts'
import { claim } from '../claim.ts'
import type { Db } from '../db.ts'
import { LANE } from '../lanes.ts'
import { settle } from '../settle.ts'
import { type Check, type Finding, rowOf, rowsOf } from './finding.ts'

/** What is asked of a plan. */
export interface Plan {
  statement: 'claim' | 'settlement'
  /** How it finds rows of `tasks`: an index, or the kind of scan that uses none. */
  accesses: string[]
  cost: number
  /** Settings of the planner that are not the usual ones. */
  settings: Record<string, string>
}

interface PlanFacts {
  plans: Plan[]
  table_bytes: number
  /** At such a cost a statement is compiled first, which takes a tenth of a second; null: never. */
  jit_above_cost: number | null
}

export const PLANS: Check = {
  name: 'plans',
  needsSchema: true,
  examine: async (db) => {
    const lanes = await rowsOf<LaneName>(db, SOME_LANES)
    const starts = (lanes.length > 0 ? lanes : [ANY_LANE]).map((lane) => startOf(lane))
    const plans = [
      await explain(db, 'claim', (recorder) => claim(recorder, 0, CLAIMED, starts)),
      await explain(db, 'settlement', (recorder) => settle(recorder, 'doctor', SETTLED)),
    ]
    const facts = { plans, ...(await rowOf<Omit<PlanFacts, 'plans'>>(db, FACTS)) }
    return { findings: judgePlans(facts), note: noteOf(facts) }
  },
}

const CLAIMED = 100
const ANY_LANE: LaneName = { queue: 'default', kind: 'reverse', priority: 0 }

function startOf(lane: LaneName): LaneStart {
  return { ...lane, ...FROM_THE_FRONT, limit: CLAIMED }
}

const SETTLED: Parameters<typeof settle>[2] = Array.from({ length: CLAIMED }, (_, place) => ({
  claim: {
    ...{ id: place + 1, claimNumber: 0, processId: 0, queue: '', kind: '', payload: null },
    ...{
      attempt: 1,
      maxAttempts: 1,
      crashes: 0,
      timeoutMs: null,
      backoffMs: null,
      waitedMs: 0,
      claimedAtS: null,
      trace: null,
    },
  },
  settlement: { verb: 'complete', result: null },
  tookMs: null,
}))

/** Below this a scan of the whole table takes milliseconds, and the planner, who counts on 100 rows, may well choose it. */
const SMALL_TABLE_BYTES = 8 * 1024 * 1024

/** By its address once it is locked; before that, the one index that is made for it. */
const RIGHT: Record<Plan['statement'], readonly string[]> = {
  claim: ['tasks_claim', 'Tid Scan'],
  settlement: ['tasks_pkey'],
}

function noteOf({ plans, table_bytes }: PlanFacts): string {
  if (table_bytes < SMALL_TABLE_BYTES) return `any plan is fast with ${bytes(table_bytes)} of tasks`
  return plans.map(({ statement, accesses }) => `${statement} by ${accesses.join(' and ')}`).join(', ')
}

export function judgePlans({ plans, table_bytes, jit_above_cost }: PlanFacts): Finding[] {
  return plans.flatMap((plan) => [
    ...(table_bytes < SMALL_TABLE_BYTES ? [] : judgeAccesses(plan, table_bytes)),
    ...judgeCost(plan, jit_above_cost),
  ])
}

function judgeAccesses({ statement, accesses, settings }: Plan, tableBytes: number): Finding[] {
  const wrong = accesses.filter((access) => !RIGHT[statement].includes(access))
  if (wrong.length === 0) return []
  const odd = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  const because = odd.length > 0 ? `; the planner is told ${odd.join(', ')}` : ''
  const evidence = `the ${statement} looks at taskproc.tasks (${bytes(tableBytes)}) by ${wrong.join(' and ')} instead of ${RIGHT[statement][0]}${because}`
  const resets =
    odd.length > 0
      ? [`show ${odd[0]?.split(' ')[0]}; -- and reset it where alter system, database or role set it`]
      : []
  const fix = ['vacuum (analyze) taskproc.tasks;', ...resets].join('\n')
  return [{ name: `plan of the ${statement}`, severity: 'error', evidence, fix }]
}

function judgeCost({ statement, cost }: Plan, jitAboveCost: number | null): Finding[] {
  if (jitAboveCost === null || cost <= jitAboveCost) return []
  const evidence = `the ${statement} costs ${Math.round(cost)} by the planner's count, above jit_above_cost = ${jitAboveCost}: it is compiled each time`
  const fix = 'alter system set jit = off;\nselect pg_reload_conf();'
  return [{ name: `jit of the ${statement}`, severity: 'warning', evidence, fix }]
}

/** What `act` sends is explained and not executed: it gets no rows. */
async function explain(
  db: Db,
  statement: Plan['statement'],
  act: (recorder: Db) => Promise<unknown>,
): Promise<Plan> {
  const plan: Plan = { statement, accesses: [], cost: 0, settings: {} }
  const query = async (text: string, values: unknown[]) => {
    const answer = await db.query(`explain (format json, settings) ${text}`, values)
    const [explained]: Explained[] = answer.rows[0]['QUERY PLAN']
    if (explained === undefined) throw new Error('EXPLAIN gave no plan')
    plan.accesses.push(...new Set(accessesOf(explained.Plan)))
    plan.cost += explained.Plan['Total Cost']
    plan.settings = explained.Settings ?? {}
    return { rows: [] }
  }
  await act({ query } as unknown as Db)
  return plan
}

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Total Cost': number
  Plans?: PlanNode[]
}

interface Explained {
  Plan: PlanNode
  Settings?: Record<string, string>
}

function accessesOf(node: PlanNode): string[] {
  const below = (node.Plans ?? []).flatMap(accessesOf)
  const { 'Node Type': type, 'Relation Name': relation, 'Index Name': index } = node
  const isOfTasks = relation === 'tasks' || index?.startsWith('tasks_')
  if (!isOfTasks || type === 'ModifyTable' || type === 'Bitmap Heap Scan') return below
  return [index ?? type, ...below]
}

const SOME_LANES = `with recursive ${LANE} select queue, kind, priority from lane limit 20`

const FACTS = `
select pg_relation_size('taskproc.tasks')::float8 as table_bytes,
  case when current_setting('jit')::boolean and pg_jit_available() and current_setting('jit_above_cost')::float8 >= 0
    then current_setting('jit_above_cost')::float8 end as jit_above_cost`
