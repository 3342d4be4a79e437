// Doctor: tasks that were quarantined lately, and kinds of which many fail.
import { count, duration } from '../../task/words.ts'
import { type Check, type Finding, rowsOf } from './finding.ts'

interface Quarantined {
  kind: string
  tasks: number
  /** The last of them. */
  id: number | string
  error: string
  seconds: number
}

/** Of the last tasks of each process in the last hour. */
export interface KindOutcomes {
  kind: string
  finished: number
  failed: number
  /** The last that failed. */
  id: number | string | null
  error: string | null
}

export const FAILURES: Check = {
  name: 'failures',
  needsSchema: true,
  examine: async (db) => {
    const quarantined = await rowsOf<Quarantined>(db, QUARANTINED)
    const outcomes = await rowsOf<KindOutcomes>(db, OUTCOMES)
    const [finished, failed] = [sum(outcomes, 'finished'), sum(outcomes, 'failed')]
    return {
      findings: [...quarantined.map(judgeQuarantined), ...outcomes.flatMap(judgeOutcomes)],
      note: `${failed} of the last ${count(finished, 'task')} of the hour are in error`,
    }
  },
}

function sum(outcomes: readonly KindOutcomes[], column: 'finished' | 'failed'): number {
  return outcomes.reduce((total, each) => total + each[column], 0)
}

function judgeQuarantined({ kind, tasks, id, error, seconds }: Quarantined): Finding {
  const evidence = `${count(tasks, 'task')} of ${kind} in the last day, the last one ${duration(seconds * 1000)} ago: ${error}`
  const fix = `taskproc logs ${id}\ntaskproc retry ${id} # when the handler is mended`
  return { name: 'quarantined', severity: 'warning', evidence, fix }
}

/** A few failures are life. */
const FEWEST_FAILED = 5
const HIGH_SHARE = 0.2
const MOST_SHARE = 0.5

export function judgeOutcomes({ kind, finished, failed, id, error }: KindOutcomes): Finding[] {
  const share = failed / finished
  if (failed < FEWEST_FAILED || share < HIGH_SHARE) return []
  const severity = share < MOST_SHARE ? 'info' : 'warning'
  const evidence = `${kind}: ${failed} of the last ${finished} tasks that ended within the hour are in error (${Math.round(share * 100)} %); the last: ${error}`
  return [{ name: 'error rate', severity, evidence, fix: `taskproc logs ${id}` }]
}

// The newest by number: those that an operator sent round again and that failed anew may be older. Few rows, by tasks_failed.
const QUARANTINED = `
select kind, count(*)::float8 as tasks, max(id) as id, left((array_agg(error order by id desc))[1], 200) as error,
  extract(epoch from now() - max(finished_at))::float8 as seconds
from (
  select id, kind, error, finished_at from taskproc.tasks where failed order by id desc limit 1000
) as newest
where error like 'quarantined: %' and finished_at > now() - interval '1 day'
group by kind order by max(finished_at) desc limit 5`

// By tasks_owner, so that its cost is the sample and not the history.
const OUTCOMES = `
select kind, count(*)::float8 as finished, count(*) filter (where status = 'error')::float8 as failed,
  max(task_id) filter (where status = 'error') as id,
  left((array_agg(error order by finished_at desc) filter (where status = 'error'))[1], 200) as error
from (
  select id from taskproc.processes
  where state in ('running', 'draining') or stopped_at > now() - interval '1 hour' order by id desc limit 20
) as p cross join lateral (
  select t.id as task_id, t.kind, t.status, t.error, t.finished_at from taskproc.tasks t
  where t.claimed_by = p.id and t.claimed_at > now() - interval '1 hour'
  order by t.claimed_at desc limit 200
) as t
where status in ('done', 'error')
group by kind order by failed desc, kind limit 20`
