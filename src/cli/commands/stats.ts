// taskproc stats: what is in the database and who works on it.
import { readStats } from '../../db/stats/stats.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import type { Flags } from '../config.ts'
import { printJson } from '../output.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

export async function runStats(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  if (flags['watch']) return (await import('../watch/watch.ts')).runWatch(flags, terminal)
  if (flags['interval'] !== undefined)
    throw new ExpectedError('--interval: it is for --watch', 'Run: taskproc stats --help', EXIT.usage)
  const exact = flags['exact'] === true
  const stats = await withStore('stats', flags, terminal, (pool) => readStats(pool, { exact }))
  if (flags['json']) printJson(terminal, stats)
  else (await import('../stats/report.ts')).printStats(terminal, stats)
  return EXIT.ok
}
