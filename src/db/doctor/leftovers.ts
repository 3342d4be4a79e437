// Doctor: what a benchmark that was killed left behind, on the server and in this database.
import { count, duration } from '../../task/words.ts'
import { readLeftQueues } from '../bench/left-rows.ts'
import { readLeftDatabases } from '../bench/scratch.ts'
import type { Check, Finding } from './finding.ts'

export interface Leftovers {
  databases: readonly { name: string; ageSeconds: number }[]
  queues: readonly string[]
}

export const LEFTOVERS: Check = {
  name: 'leftovers',
  needsSchema: true,
  examine: async (db) => {
    const databases = await readLeftDatabases(db)
    const left = {
      databases: databases.filter(({ ageSeconds }) => ageSeconds > YOUNG_SECONDS),
      queues: await readLeftQueues(db),
    }
    const total = left.databases.length + left.queues.length
    return {
      findings: judgeLeftovers(left),
      note: total === 0 ? 'none of a benchmark' : `${total} of a benchmark`,
    }
  },
}

/** One that a benchmark is just dropping, or that the next one of a series drops, is no news. */
const YOUNG_SECONDS = 3600
const MOST_SHOWN = 10
const MS = 1000

export function judgeLeftovers({ databases, queues }: Leftovers): Finding[] {
  const findings: Finding[] = []
  if (databases.length > 0) {
    const oldest = Math.max(...databases.map(({ ageSeconds }) => ageSeconds))
    const evidence = `${count(databases.length, 'scratch database')} of benchmarks that were killed, the oldest made ${duration(oldest * MS)} ago`
    // The names are of our own making: nothing in them needs quotes.
    const drops = databases.slice(0, MOST_SHOWN).map(({ name }) => `drop database ${name};`)
    findings.push({
      name: 'scratch databases left',
      severity: 'info',
      evidence,
      fix: ['taskproc bench # it drops those that its role may', ...drops].join('\n'),
    })
  }
  if (queues.length > 0) {
    const evidence = `rows of benchmarks that were killed are in this database, in ${count(queues.length, 'queue')}: ${queues.slice(0, MOST_SHOWN).join(', ')}`
    const fix = 'taskproc bench race --rounds 1 # any benchmark deletes them before it begins'
    findings.push({ name: 'rows of a benchmark left', severity: 'info', evidence, fix })
  }
  return findings
}
