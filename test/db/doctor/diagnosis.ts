// Doctor under test: all checks on a database, with the finding that is looked for and a way to type its fix.
import { expect } from 'vitest'
import { type Diagnosis, examine } from '../../../src/db/doctor/examine.ts'
import type { Finding } from '../../../src/db/doctor/finding.ts'
import type { Pool } from '../../../src/db/pool.ts'
import type { TestDatabase } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'

export interface Diagnosed extends Diagnosis {
  /** The findings of this name. */
  named(name: string): Finding[]
}

/** Runs doctor until it could look at everything: on a machine that is busy otherwise, a statement may meet its limit. */
export async function diagnose({ url, pool }: TestDatabase): Promise<Diagnosed> {
  return eventually('doctor could look at everything', async () => {
    const diagnosis = await examine({ pool, listenUrl: url, hasListenUrl: false })
    const named = (name: string) => diagnosis.findings.filter((finding) => finding.name === name)
    expect(named('could not look')).toEqual([])
    return { ...diagnosis, named }
  })
}

/** The names of all findings, each once. */
export function namesOf({ findings }: Diagnosis): string[] {
  return [...new Set(findings.map(({ name }) => name))].sort()
}

/** Does what the fix of a finding says, where that is SQL. */
export async function typeFix(pool: Pool, { fix }: Finding): Promise<void> {
  for (const line of fix.split('\n')) await pool.query(line)
}
