// Doctor: runs every check, each in a short transaction that can only read. What cannot be looked at is said, not thrown.
import { codeOf, messageOf } from '../../errors.ts'
import { rollBack } from '../transaction.ts'
import { CLOCK } from './clock.ts'
import { CONNECTIONS } from './connections.ts'
import { DISK } from './disk.ts'
import { FAILURES } from './failures.ts'
import { bySeverity, type Check, type Examined, type Finding, type Subject } from './finding.ts'
import { LEASES } from './leases.ts'
import { LEFTOVERS } from './leftovers.ts'
import { MIGRATIONS } from './migrations.ts'
import { PAUSES } from './pauses.ts'
import { PLANS } from './plans.ts'
import { POOLER } from './pooler.ts'
import { SCHEMA } from './schema.ts'
import { SERVER } from './server.ts'
import { SNAPSHOTS } from './snapshots.ts'
import { SPEED } from './speed.ts'
import { UNSERVED } from './unserved.ts'
import { VACUUM } from './vacuum.ts'
import { WAITING } from './waiting.ts'

/** The first says whether those that need the schema have one. */
const CHECKS: readonly Check[] = [
  MIGRATIONS,
  SCHEMA,
  SERVER,
  CONNECTIONS,
  POOLER,
  CLOCK,
  SNAPSHOTS,
  VACUUM,
  DISK,
  PLANS,
  SPEED,
  LEASES,
  UNSERVED,
  WAITING,
  PAUSES,
  FAILURES,
  LEFTOVERS,
]

/** One statement of a check. Who is asked what is wrong must not become a part of it. */
const STATEMENT_LIMIT_MS = 3_000
const LOCK_LIMIT_MS = 1_000

export interface CheckResult {
  name: string
  /** null: it could not be looked at. */
  ok: boolean | null
  note: string
}

export interface Diagnosis {
  findings: Finding[]
  checks: CheckResult[]
}

/** Runs all checks, one after the other. Throws only when the database cannot be reached any more. */
export async function examine(subject: Subject): Promise<Diagnosis> {
  const results: { check: Check; examined: Examined | null }[] = []
  let hasSchema = true
  for (const check of CHECKS) {
    const examined: Examined | null = check.needsSchema && !hasSchema ? null : await runCheck(check, subject)
    if (check === MIGRATIONS) hasSchema = examined?.findings.length === 0
    results.push({ check, examined })
  }
  return {
    findings: bySeverity(results.flatMap(({ examined }) => [...(examined?.findings ?? [])])),
    checks: results.map(({ check, examined }) => resultOf(check, examined)),
  }
}

function resultOf({ name }: Check, examined: Examined | null): CheckResult {
  if (examined === null) return { name, ok: null, note: 'not looked at, for want of the schema' }
  if (examined.findings.some((finding) => finding.name === UNSEEN))
    return { name, ok: null, note: examined.note }
  return { name, ok: examined.findings.every(({ severity }) => severity === 'info'), note: examined.note }
}

const UNSEEN = 'could not look'

/** Runs one check in a transaction of its own. What it throws becomes a finding. */
export async function runCheck(check: Check, subject: Subject): Promise<Examined> {
  const client = await subject.pool.connect()
  try {
    await client.query(BEGIN)
    return await check.examine(client, subject)
  } catch (thrown) {
    return { findings: [unseen(check, thrown)], note: UNSEEN }
  } finally {
    client.release(!(await rollBack(client)))
  }
}

/** One text, so that a transaction pooler gives it one connection; the settings end with the transaction. */
const BEGIN = `begin isolation level read committed, read only;
set local statement_timeout = ${STATEMENT_LIMIT_MS}; set local lock_timeout = ${LOCK_LIMIT_MS}`

function unseen({ name }: Check, thrown: unknown): Finding {
  const evidence = `${name}: ${messageOf(thrown)}`
  return { name: UNSEEN, severity: 'info', evidence, fix: HINTS[codeOf(thrown)] ?? 'taskproc doctor' }
}

const HINTS: Record<string, string> = {
  '42501': 'Use the role that owns the schema taskproc, or: grant pg_monitor to the role of DATABASE_URL;',
  '57014': `It took longer than ${STATEMENT_LIMIT_MS / 1000} s. When the server has less to do: taskproc doctor`,
  '55P03': 'Somebody holds a lock on it. When that is over: taskproc doctor',
}
