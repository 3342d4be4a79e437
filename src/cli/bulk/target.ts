// Which tasks a bulk act is for: those of the ids, or those that the filters mean.
import { EXIT, ExpectedError } from '../../errors.ts'
import type { TaskFilter } from '../../task/filter.ts'
import { STATUSES, type Status } from '../../task/status.ts'
import type { TaskId } from '../../task/task.ts'
import type { Flags } from '../config.ts'
import { readFilter } from '../filter-values.ts'
import { readIds } from '../store.ts'

interface Acts {
  readonly name: string
  readonly statuses: readonly Status[]
  readonly initial: readonly Status[]
}

/** Throws (exit 2) where both are given, neither is, or the verb cannot act on the status that was asked for. */
export function readTarget(
  verb: Acts,
  texts: readonly string[],
  flags: Flags,
): { ids: TaskId[] } | { filter: TaskFilter } {
  const { filter, problems } = readVerbFilter(verb, flags)
  const hasFilter = problems.length > 0 || Object.keys(filter).length > 0
  if (texts.length > 0 && hasFilter)
    throw usage(
      [`${verb.name} takes ids or filters, not both`],
      `Name the tasks, or say what they have in common: taskproc ${verb.name} --help`,
    )
  if (texts.length > 0) return { ids: readIds(verb.name, texts) }
  if (problems.length > 0) throw usage(problems, `Run: taskproc ${verb.name} --help`)
  if (!hasFilter)
    throw usage(
      [`${verb.name} needs ids or a filter`],
      `Such as: taskproc ${verb.name} 7 8, or taskproc ${verb.name} --status ${verb.initial[0]}`,
    )
  return { filter: { ...filter, status: filter.status ?? verb.initial } }
}

/** The filter with an age, which a prune must have. */
export function readPruneFilter(verb: Acts, flags: Flags): TaskFilter & { olderThanMs: number } {
  const { filter, problems } = readVerbFilter(verb, flags)
  if (flags['olderThan'] === undefined)
    problems.push('--older-than is missing: prune has to be told what is old')
  const { olderThanMs } = filter
  if (problems.length > 0 || olderThanMs === undefined)
    throw usage(problems, 'Such as: taskproc prune --older-than 7d --dry-run')
  return { ...filter, olderThanMs, status: filter.status ?? verb.initial }
}

function readVerbFilter(verb: Acts, flags: Flags): { filter: TaskFilter; problems: string[] } {
  const typed = [flags['status'] ?? []].flat().flatMap((text) => String(text).split(','))
  const others = STATUSES.filter((status) => typed.includes(status) && !verb.statuses.includes(status))
  const problems = others.map(
    (status) => `--status: ${verb.name} acts on ${listed(verb.statuses)}, got ${JSON.stringify(status)}`,
  )
  try {
    return { filter: readFilter(verb.name, flags), problems }
  } catch (thrown) {
    if (!(thrown instanceof ExpectedError)) throw thrown
    return { filter: {}, problems: [...thrown.message.split('\n'), ...problems] }
  }
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function usage(problems: readonly string[], hint: string): ExpectedError {
  return new ExpectedError(problems.join('\n'), hint, EXIT.usage)
}
