// Doctor: how large tables and indexes are, and how much of that is air.
import { bytes, grouped } from '../../task/words.ts'
import { type Check, type Finding, rowsOf } from './finding.ts'

/** A table without its indexes and out-of-line values, or an index. */
export interface Stored {
  type: 'table' | 'index'
  name: string
  bytes: number
  /** Rows or entries, as of the last vacuum or analyze; null: not known yet. */
  rows: number | null
  /** What so many rows of the width that was seen need, with the room that the table leaves; null: not known. */
  needed_bytes: number | null
}

export const DISK: Check = {
  name: 'disk',
  needsSchema: true,
  examine: async (db) => {
    const stored = await rowsOf<Stored>(db, STORED)
    const sum = (type: Stored['type']) =>
      bytes(stored.filter((each) => each.type === type).reduce((total, each) => total + each.bytes, 0))
    return {
      findings: stored.flatMap(judgeStored),
      note: `tables ${sum('table')}, indexes ${sum('index')}`,
    }
  },
}

/** Air below this costs nobody anything. */
const MUCH_BYTES = 64 * 1024 * 1024
/** An index that filled and emptied is half full; the estimate may be wrong by two. */
const AIRY = 5

export function judgeStored({ type, name, bytes: size, rows, needed_bytes }: Stored): Finding[] {
  if (needed_bytes === null || rows === null) return []
  if (size - needed_bytes < MUCH_BYTES || size < AIRY * needed_bytes) return []
  const what = type === 'index' ? 'entries' : 'rows'
  const evidence = `the ${type} taskproc.${name} takes ${bytes(size)} for ${grouped(rows)} ${what}, which need some ${bytes(needed_bytes)}`
  const fix =
    type === 'index'
      ? `reindex index concurrently taskproc.${name};`
      : `vacuum full taskproc.${name}; -- locks it; pg_repack does not`
  return [{ name: `bloated ${type}`, severity: type === 'index' ? 'warning' : 'info', evidence, fix }]
}

// A row: 28 bytes of header and address, and the mean width of its columns. An index entry: 16, and the width of its.
// Equal keys are stored once with their addresses, so an index may well need less.
const STORED = `
with class as (
  select c.*, coalesce(x.indrelid, c.oid) as of_table, x.indkey
  from pg_class c left join pg_index x on x.indexrelid = c.oid
  where c.relnamespace = 'taskproc'::regnamespace and c.relkind in ('r', 'i')
), width as (
  select class.oid, sum(s.avg_width * (1 - s.null_frac))::float8 as bytes
  from class join pg_attribute a on a.attrelid = class.of_table and a.attnum > 0 and not a.attisdropped
    and (class.indkey is null or a.attnum = any (class.indkey))
  join pg_class t on t.oid = class.of_table
  join pg_stats s on s.schemaname = 'taskproc' and s.tablename = t.relname and s.attname = a.attname
  group by class.oid
)
select case class.relkind when 'i' then 'index' else 'table' end as type, class.relname as name,
  pg_relation_size(class.oid)::float8 as bytes, nullif(class.reltuples, -1)::float8 as rows,
  nullif(class.reltuples, -1)::float8 * (case class.relkind when 'i' then 16 else 28 end + width.bytes)
    / coalesce((select option_value::float8 / 100 from pg_options_to_table(class.reloptions)
      where option_name = 'fillfactor'), case class.relkind when 'i' then 0.9 else 1 end) as needed_bytes
from class left join width on width.oid = class.oid
order by bytes desc`
