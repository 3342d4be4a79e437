// Doctor: indexes, constraints and storage are those that the migrations make, and nothing on the tasks makes them slower.
import { EXPECTED_SCHEMA } from './expected-schema.ts'
import { type Check, type Finding, rowsOf } from './finding.ts'

/** An index, a constraint, a storage option or a trigger, as the database writes it. */
export interface SchemaPart {
  type: 'index' | 'constraint' | 'option' | 'trigger'
  table: string
  name: string
  definition: string
  /** An index that is being built, or whose building failed, answers nothing. */
  is_valid: boolean
}

export const SCHEMA: Check = {
  name: 'schema',
  needsSchema: true,
  examine: async (db) => {
    const parts = await readSchema(db)
    const expected = readExpected(EXPECTED_SCHEMA)
    return {
      findings: judgeSchema(parts, expected),
      note: `${expected.size} indexes, constraints and options compared`,
    }
  },
}

export function readSchema(db: Parameters<Check['examine']>[0]): Promise<SchemaPart[]> {
  return rowsOf<SchemaPart>(db, PARTS)
}

/** `index tasks.tasks_claim` -> its definition. */
function readExpected(text: string): Map<string, string> {
  const lines = text.split('\n').filter(Boolean)
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]))
}

/** The lines that readExpected reads, of a database that was migrated. */
export function expectedOf(parts: readonly SchemaPart[]): string {
  return parts.map((part) => `${keyOf(part)}: ${part.definition}\n`).join('')
}

function judgeSchema(parts: readonly SchemaPart[], expected: ReadonlyMap<string, string>): Finding[] {
  const found = new Map(parts.map((part) => [keyOf(part), part]))
  const missing = [...expected].flatMap(([key, definition]) => {
    const part = found.get(key)
    return part === undefined ? [lacking(key, definition)] : judgePart(part, definition)
  })
  return [...missing, ...parts.filter((part) => !expected.has(keyOf(part))).flatMap(judgeForeign)]
}

function keyOf({ type, table, name }: SchemaPart): string {
  return `${type} ${table}.${name}`
}

function lacking(key: string, definition: string): Finding {
  const [type = '', table = '', name = ''] = key.split(/[ .]/)
  const evidence = `the ${type} ${name} of taskproc.${table} is missing`
  return { name: `${type} missing`, severity: 'error', evidence, fix: making(type, table, name, definition) }
}

function judgePart(part: SchemaPart, definition: string): Finding[] {
  const { type, table, name } = part
  const make = making(type, table, name, definition)
  if (part.definition !== definition) {
    const evidence = `the ${type} ${name} of taskproc.${table} is not the one that taskproc made: ${part.definition}`
    const fix = type === 'option' ? make : `${dropping(part)}\n${make}`
    return [{ name: `${type} changed`, severity: 'error', evidence, fix }]
  }
  if (part.is_valid) return []
  const evidence = `the index ${name} of taskproc.${table} is not valid: its building failed, or goes on`
  return [
    {
      name: 'index not valid',
      severity: 'error',
      evidence,
      fix: `reindex index concurrently taskproc.${name};`,
    },
  ]
}

function making(type: string, table: string, name: string, definition: string): string {
  if (type === 'option') return `alter table taskproc.${table} set (${name} = ${definition});`
  if (type === 'constraint') return `alter table taskproc.${table} add constraint ${name} ${definition};`
  return `${definition.replace(/ INDEX /, ' INDEX CONCURRENTLY ')};`
}

function dropping({ type, table, name }: SchemaPart): string {
  if (type === 'constraint') return `alter table taskproc.${table} drop constraint "${name}";`
  if (type === 'trigger') return `drop trigger "${name}" on taskproc.${table};`
  return `drop index concurrently taskproc."${name}";`
}

/** A completion writes these; an index on one of them ends its being heap-only. */
const WRITTEN_BY_COMPLETION = /\b(status|result|error|finished_at|updated_at)\b/

/** What somebody else added to the tasks. Constraints may be meant; an index or a trigger is paid for by each task. */
function judgeForeign(part: SchemaPart): Finding[] {
  const { type, table, name, definition } = part
  if (table !== 'tasks' || type === 'option' || type === 'constraint') return []
  const fix = dropping(part)
  if (type === 'trigger') {
    const evidence = `each insert or update of a task pays for the trigger ${name}: ${definition}`
    return [{ name: 'trigger on tasks', severity: 'info', evidence, fix }]
  }
  const [, columns = ''] = definition.split(' USING ')
  const isWritten = WRITTEN_BY_COMPLETION.test(columns)
  const evidence = isWritten
    ? `the index ${name} looks at what a completion writes, so that no completion is heap-only any more and each writes to every index: ${definition}`
    : `each insert of a task also writes the index ${name}, which is not of taskproc: ${definition}`
  return [{ name: 'foreign index', severity: isWritten ? 'warning' : 'info', evidence, fix }]
}

// An index that belongs to a constraint is told by the constraint.
const PARTS = `
select * from (
  select 'index' as type, t.relname as "table", i.relname as name, pg_get_indexdef(i.oid) as definition,
    x.indisvalid and x.indisready as is_valid, t.relnamespace as namespace
  from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
  where not exists (select from pg_constraint c where c.conindid = i.oid)
  union all
  select 'constraint', t.relname, c.conname, pg_get_constraintdef(c.oid), true, t.relnamespace
  from pg_constraint c join pg_class t on t.oid = c.conrelid where c.contype in ('c', 'p', 'u', 'f', 'x')
  union all
  select 'option', t.relname, o.option_name, o.option_value, true, t.relnamespace
  from pg_class t cross join lateral pg_options_to_table(t.reloptions) as o
  where t.relkind = 'r' and o.option_name = 'fillfactor'
  union all
  select 'trigger', t.relname, g.tgname, pg_get_triggerdef(g.oid), true, t.relnamespace
  from pg_trigger g join pg_class t on t.oid = g.tgrelid where not g.tgisinternal
) as part
where namespace = 'taskproc'::regnamespace and "table" <> 'migrations'
order by "table", type, name`
