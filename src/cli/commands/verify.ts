// taskproc verify: the integrity queries. Every count must be 0.
import { verify } from '../../db/verify.ts'
import { EXIT, type ExitStatus } from '../../errors.ts'
import { count } from '../../telemetry/words.ts'
import type { Flags } from '../config.ts'
import { print, printJson, printTable } from '../output.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

/** Exit status: operational when a count is not 0. */
export async function runVerify(flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const { checks, violations } = await withStore('verify', flags, terminal, verify)
  if (flags['json']) printJson(terminal, { checks, violations })
  else {
    const rows = checks.map((check) => [check.name, check.count])
    printTable(terminal, ['check', 'count'], rows)
    print(terminal, violations === 0 ? '\nsound: every count is 0' : `\n${count(violations, 'violation')}`)
    for (const { name, query } of checks.filter((check) => check.count > 0))
      print(terminal, `\n-- ${name}\n${query};`)
  }
  return violations === 0 ? EXIT.ok : EXIT.operational
}
