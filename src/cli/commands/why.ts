// taskproc why ID: why is this task not running? One sentence, and the next step.
import { readWhyFacts } from '../../db/why/why.ts'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import type { Why } from '../../task/why/answer.ts'
import { why } from '../../task/why/why.ts'
import { oneLine } from '../../telemetry/words.ts'
import { screenColumns } from '../columns.ts'
import { type Flags, readConfig } from '../config.ts'
import { print, printJson } from '../output.ts'
import { readIds, withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'
import { typed } from '../typed.ts'
import { wrap } from '../wrap.ts'

const LONGEST_LINE = 2000

export async function runWhy(text: string, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const [id = 0] = readIds('why', [text])
  const facts = await withStore('why', flags, terminal, (pool) => readWhyFacts(pool, id))
  if (facts === null)
    throw new ExpectedError(`there is no task ${id}`, 'Look at what there is: taskproc list')
  const { also, ...first } = why(facts, psqlCommand(flags, terminal))
  if (flags['json'])
    printJson(terminal, { id: facts.task.id, ...document(first), also: also.map(document), facts })
  else {
    const columns = screenColumns(terminal)
    const said = (before: string, each: Why) => lines(before, each, columns, terminal)
    print(terminal, [...said('', first), ...also.flatMap((other) => said('also: ', other))].join('\n'))
  }
  return EXIT.ok
}

/** The sentence fits the screen; what is to be typed stays in one line, so that it can be copied. */
function lines(before: string, { sentence, next, or }: Why, columns: number, terminal: Terminal): string[] {
  const said = wrap(oneLine(sentence, LONGEST_LINE), columns, before)
  const steps = { next, or: or ?? null }
  const typable = Object.entries(steps).flatMap(([name, step]) =>
    step === null ? [] : [`${name}: ${oneLine(typed(step, terminal), LONGEST_LINE)}`],
  )
  return [...said, ...typable]
}

/** Every field is there. */
function document({ answer, sentence, next, or }: Why): Record<string, unknown> {
  return { answer, sentence, next, or: or ?? null }
}

/** How a shell reaches the database that this command reaches. */
function psqlCommand(flags: Flags, terminal: Terminal): string {
  const { databaseUrl } = readConfig('why', ['databaseUrl'], flags, terminal)
  return `psql "${databaseUrl === undefined ? '$(taskproc db url)' : '$DATABASE_URL'}"`
}
