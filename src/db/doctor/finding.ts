// What the checks of doctor share: how a finding looks, and what a check is given and gives.
import type { Db } from '../db.ts'
import type { Pool } from '../pool.ts'

/** `error`: tasks stop, are lost or run late now. `warning`: they will, or could do better. `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info'

export interface Finding {
  /** The same words each time, for programs that look for one. */
  name: string
  severity: Severity
  /** What was seen: numbers, pids, ages, names. */
  evidence: string
  /** Commands and SQL to type, a line each. */
  fix: string
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/** The worst first; within a severity as they came. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  return SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity))
}

/** What doctor looks at. */
export interface Subject {
  readonly pool: Pool
  /** The way that LISTEN takes. */
  readonly listenUrl: string
  /** LISTEN has a way of its own. */
  readonly hasListenUrl: boolean
}

export interface Examined {
  readonly findings: readonly Finding[]
  /** What was measured, in few words; shown also where nothing is wrong. */
  readonly note: string
}

export interface Check {
  readonly name: string
  /** Looks at tables of ours: left out where they are missing or of another version. */
  readonly needsSchema: boolean
  /** `db` is inside a transaction that can only read, and in which a statement has a limit of its own. */
  examine(db: Db, subject: Subject): Promise<Examined>
}

/** The rows of one statement. */
export async function rowsOf<Row extends object>(
  db: Db,
  statement: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const { rows } = await db.query<Row>(statement, values)
  return rows
}

/** Of a statement that has exactly one row, whatever it finds. */
export async function rowOf<Row extends object>(
  db: Db,
  statement: string,
  values: unknown[] = [],
): Promise<Row> {
  const [row] = await rowsOf<Row>(db, statement, values)
  if (row === undefined) throw new Error(`no row from: ${statement}`)
  return row
}
