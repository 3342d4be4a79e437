// Doctor: how large tables and indexes are, and how much of that is air.
import { bytes, grouped } from '../../task/words.ts'
import type { Db } from '../db.ts'
import { type Check, type Finding, rowsOf } from './finding.ts'

/** A table without its indexes and out-of-line values, or an index. */
export interface Stored {
  type: 'table' | 'index'
  name: string
  bytes: number
  /** Rows or entries at most: as of the last analyze, and all that was written since; null: not known. */
  rows: number | null
  /** What so many rows of the width that was seen need at most, with the room that the table leaves; null: not known. */
  needed_bytes: number | null
}

export const DISK: Check = {
  name: 'disk',
  needsSchema: true,
  examine: async (db) => {
    const stored = await readStored(db)
    const sum = (type: Stored['type']) =>
      bytes(stored.filter((each) => each.type === type).reduce((total, each) => total + each.bytes, 0))
    return {
      findings: stored.flatMap(judgeStored),
      note: `tables ${sum('table')}, indexes ${sum('index')}`,
    }
  },
}

/** Tables and indexes, the largest first. */
export function readStored(db: Db): Promise<Stored[]> {
  return rowsOf<Stored>(db, STORED)
}

/** Air below this costs nobody anything. */
const MUCH_BYTES = 64 * 1024 * 1024
/** An index that filled and emptied is half full; the estimate may be wrong by two. */
const AIRY = 5

export function judgeStored({ type, name, bytes: size, rows, needed_bytes }: Stored): Finding[] {
  if (needed_bytes === null || rows === null) return []
  if (size - needed_bytes < MUCH_BYTES || size < AIRY * needed_bytes) return []
  const what = type === 'index' ? 'entries' : 'rows'
  const evidence = `the ${type} taskproc.${name} takes ${bytes(size)} for at most ${grouped(rows)} ${what}, which need some ${bytes(needed_bytes)}`
  const fix =
    type === 'index'
      ? `reindex index concurrently taskproc.${name};`
      : `vacuum full taskproc.${name}; -- locks it; pg_repack does not`
  return [{ name: `bloated ${type}`, severity: type === 'index' ? 'warning' : 'info', evidence, fix }]
}

// A row: 28 bytes of header and address, and the mean width of its columns. An index entry: 16, and the width of its.
// Equal keys are stored once with their addresses, so an index may well need less.
//
// Statistics are older than what was inserted since, and an analyze forgets what was committed while it ran: each change
// since counts as one more row, and pages that were added since count as full, so that a bulk load is never taken for air.
// How wide rows are is not known when most of them are new; keys keep their width. A table without any rows is one that
// was looked at before it was filled: vacuum gives the pages of an empty one back. And a crash of the server loses the
// counts of changes, with the time of the last analyze.
const STORED = `
with class as (
  select c.*, coalesce(x.indrelid, c.oid) as table_oid, x.indkey
  from pg_class c left join pg_index x on x.indexrelid = c.oid
  where c.relnamespace = 'taskproc'::regnamespace and c.relkind in ('r', 'i')
), width as (
  select class.oid, sum(s.avg_width * (1 - s.null_frac))::float8 as bytes
  from class join pg_attribute a on a.attrelid = class.table_oid and a.attnum > 0 and not a.attisdropped
    and (class.indkey is null or a.attnum = any (class.indkey))
  join pg_class t on t.oid = class.table_oid
  join pg_stats s on s.schemaname = 'taskproc' and s.tablename = t.relname and s.attname = a.attname
  group by class.oid
)
select case class.relkind when 'i' then 'index' else 'table' end as type, class.relname as name,
  size.bytes, known.rows,
  known.rows * (case class.relkind when 'i' then 16 else 28 end + width.bytes)
    / coalesce((select option_value::float8 / 100 from pg_options_to_table(class.reloptions)
      where option_name = 'fillfactor'), case class.relkind when 'i' then 0.9 else 1 end)
    + greatest(0, size.bytes - class.relpages::float8 * current_setting('block_size')::float8) as needed_bytes
from class join pg_class of_table on of_table.oid = class.table_oid
left join pg_stat_user_tables seen on seen.relid = class.table_oid
left join width on width.oid = class.oid
cross join lateral (select pg_relation_size(class.oid)::float8 as bytes) as size
cross join lateral (select case when of_table.reltuples > 0 and class.reltuples >= 0
    and greatest(seen.last_analyze, seen.last_autoanalyze) is not null
    and (class.relkind = 'i' or seen.n_mod_since_analyze <= class.reltuples)
  then class.reltuples::float8 + seen.n_mod_since_analyze end as rows) as known
order by bytes desc`
