// Doctor: whether vacuum keeps up. A queue turns its rows over all day; dead rows that stay make every claim slower.
import { count, duration, grouped } from '../../task/words.ts'
import type { Db } from '../db.ts'
import { type Check, type Finding, rowOf, rowsOf } from './finding.ts'

export interface TableUpkeep {
  table: string
  live: number
  dead: number
  /** Since the last vacuum of either sort; null: there was none that is known. */
  vacuumed_seconds: number | null
  /** At so many dead rows autovacuum begins. */
  threshold: number
  is_enabled: boolean
  /** A vacuum is at it right now. */
  is_vacuuming: boolean
  /** Transactions since the oldest one whose rows are not frozen. */
  freeze_age: number
}

export interface AutovacuumSettings {
  autovacuum: boolean
  track_counts: boolean
  freeze_max_age: number
  /** Tasks that all processes settled in the last three minutes. */
  settled_lately: number
}

export const VACUUM: Check = {
  name: 'vacuum',
  needsSchema: true,
  examine: async (db) => {
    const settings = await readAutovacuum(db)
    const tables = await rowsOf<TableUpkeep>(db, TABLES)
    const tasks = tables.find(({ table }) => table === 'tasks')
    return {
      findings: [...judgeAutovacuum(settings), ...tables.flatMap((table) => judgeUpkeep(table, settings))],
      note: tasks === undefined ? '' : `tasks: ${deadRows(tasks)}`,
    }
  },
}

export function readAutovacuum(db: Db): Promise<AutovacuumSettings> {
  return rowOf<AutovacuumSettings>(db, SETTINGS)
}

export function judgeAutovacuum({ autovacuum, track_counts }: AutovacuumSettings): Finding[] {
  const off = [...(autovacuum ? [] : ['autovacuum']), ...(track_counts ? [] : ['track_counts'])]
  if (off.length === 0) return []
  const evidence = `${off.join(' and ')} is off on this server: dead rows stay until somebody vacuums by hand`
  const fix = [...off.map((name) => `alter system set ${name} = on;`), 'select pg_reload_conf();'].join('\n')
  return [{ name: 'autovacuum is off', severity: 'error', evidence, fix }]
}

/** Below this they are cheap, whatever their share. */
const MANY_DEAD_ROWS = 10_000
/** Autovacuum looks once a minute and needs time; at so many times its threshold, and after so long, it has not come. */
const OVERDUE_THRESHOLDS = 5
/** A task leaves two, pending and claimed: what the last minutes of work left is on its way to be taken. */
const DEAD_FOR_EACH_TASK = 2
const OVERDUE_SECONDS = 300
/** PostgreSQL refuses writes at 2.1 billion; it vacuums by force long before. */
const WRAPAROUND_ERROR = 1_500_000_000
const FREEZE_OVERDUE = 2

export function judgeUpkeep(table: TableUpkeep, settings: AutovacuumSettings): Finding[] {
  const name = `taskproc.${table.table}`
  const findings: Finding[] = []
  if (!table.is_enabled) {
    const evidence = `autovacuum is off for ${name}: ${deadRows(table)}`
    const fix = `alter table ${name} reset (autovacuum_enabled);`
    findings.push({ name: 'autovacuum is off for a table', severity: 'warning', evidence, fix })
  }
  if (isOverdue(table, settings)) {
    const evidence = `${name}: ${deadRows(table)}; autovacuum should begin at ${grouped(Math.round(table.threshold))}`
    const fix = `vacuum (analyze) ${name}; -- if they stay, an old snapshot holds them`
    findings.push({ name: 'dead rows', severity: 'warning', evidence, fix })
  }
  if (table.freeze_age > FREEZE_OVERDUE * settings.freeze_max_age || table.freeze_age > WRAPAROUND_ERROR) {
    const severity = table.freeze_age > WRAPAROUND_ERROR ? 'error' : 'warning'
    const evidence = `${name} has rows that are ${grouped(table.freeze_age)} transactions old and not frozen; at 2,147,483,648 the server refuses to write`
    findings.push({ name: 'wraparound', severity, evidence, fix: `vacuum (freeze) ${name};` })
  }
  return findings
}

function isOverdue(
  { dead, threshold, vacuumed_seconds, is_vacuuming }: TableUpkeep,
  { settled_lately }: AutovacuumSettings,
): boolean {
  if (is_vacuuming || (vacuumed_seconds ?? OVERDUE_SECONDS) < OVERDUE_SECONDS) return false
  const recent = DEAD_FOR_EACH_TASK * settled_lately
  return dead > recent + Math.max(MANY_DEAD_ROWS, OVERDUE_THRESHOLDS * threshold)
}

function deadRows({ live, dead, vacuumed_seconds }: TableUpkeep): string {
  const last =
    vacuumed_seconds === null ? 'never vacuumed' : `last vacuum ${duration(vacuumed_seconds * 1000)} ago`
  return `${count(dead, 'dead row')} beside ${grouped(live)} live, ${last}`
}

// What processes settled is counted in steps of ten seconds: eighteen are three minutes.
const SETTINGS = `
select current_setting('autovacuum')::boolean as autovacuum, current_setting('track_counts')::boolean as track_counts,
  current_setting('autovacuum_freeze_max_age')::float8 as freeze_max_age,
  (select coalesce(sum(settled.n::float8), 0) from taskproc.processes p cross join lateral (
     select n from jsonb_array_elements_text(p.counters -> 'settled') with ordinality as step(n, place)
     order by place desc limit 18) as settled
   where p.heartbeat_at > now() - interval '3 minutes' and jsonb_typeof(p.counters -> 'settled') = 'array'
  ) as settled_lately`

const TABLES = `
select c.relname as "table", s.n_live_tup::float8 as live, s.n_dead_tup::float8 as dead,
  extract(epoch from now() - greatest(s.last_vacuum, s.last_autovacuum))::float8 as vacuumed_seconds,
  coalesce(own.threshold, current_setting('autovacuum_vacuum_threshold')::float8)
    + coalesce(own.scale, current_setting('autovacuum_vacuum_scale_factor')::float8) * greatest(c.reltuples, 0) as threshold,
  coalesce(own.is_enabled, true) as is_enabled,
  exists (select from pg_stat_progress_vacuum v where v.relid = c.oid) as is_vacuuming, age(c.relfrozenxid)::float8 as freeze_age
from pg_class c join pg_stat_user_tables s on s.relid = c.oid
cross join lateral (
  select max(option_value) filter (where option_name = 'autovacuum_vacuum_threshold')::float8 as threshold,
    max(option_value) filter (where option_name = 'autovacuum_vacuum_scale_factor')::float8 as scale,
    bool_and(option_value::boolean) filter (where option_name = 'autovacuum_enabled') as is_enabled
  from pg_options_to_table(c.reloptions)) as own
where c.relnamespace = 'taskproc'::regnamespace and c.relkind = 'r' and c.relpersistence = 'p'
order by c.relname = 'tasks' desc, c.relname`
