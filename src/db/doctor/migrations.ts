// Doctor: the schema is the one that this program brings.
import { readSchemaState, type SchemaState } from '../migrate.ts'
import type { Check, Finding } from './finding.ts'

export const MIGRATIONS: Check = {
  name: 'migrations',
  needsSchema: false,
  examine: async (db) => {
    const state = await readSchemaState(db)
    return { findings: judgeMigrations(state), note: `${state.applied.length} applied` }
  },
}

export function judgeMigrations({ state, pending, unknown }: SchemaState): Finding[] {
  if (state === 'current') return []
  const name = 'migrations'
  if (state === 'newer') {
    const evidence = `this program does not know ${unknown.join(', ')}: the database was migrated by a newer one`
    return [
      {
        name,
        severity: 'error',
        evidence,
        fix: 'Update taskproc to the version that migrated this database.',
      },
    ]
  }
  const evidence =
    state === 'missing'
      ? 'the database is not migrated: it has no schema taskproc'
      : `not applied: ${pending.join(', ')}`
  return [{ name, severity: 'error', evidence, fix: 'taskproc migrate' }]
}
