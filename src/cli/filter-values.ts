// The flags of filter-flags.ts as values: every wrong one is reported, at once.
import { EXIT, ExpectedError } from '../errors.ts'
import type { TaskFilter } from '../task/filter.ts'
import { LIMITS } from '../task/limits.ts'
import { STATUSES } from '../task/status.ts'
import { type TaskId, taskId } from '../task/task.ts'
import { type Flags, quoted } from './config.ts'
import { DEFAULT_PAGE_ROWS } from './filter-flags.ts'
import { type Check, oneOf, text, textThat } from './settings/checks.ts'
import { duration, name, wholeNumber } from './settings/values.ts'
import { flagProperty } from './settings.ts'
import { idDigits, idSentence } from './store.ts'

export interface PageFlags {
  readonly limit: number
  readonly after: TaskId | null
  readonly newestFirst: boolean
}

/** The filter that was typed. Throws one error (exit 2) with a line for each flag that is wrong. */
export function readFilter(command: string, flags: Flags): TaskFilter {
  const read = createReader(flags)
  const filter = filterOf(read)
  read.end(command)
  return filter
}

/** The page that was typed; throws as `readFilter` does. */
export function readPage(command: string, flags: Flags): PageFlags {
  const read = createReader(flags)
  const page = pageOf(read)
  read.end(command)
  return page
}

/** Both, with what is wrong in either in one error. */
export function readFilterAndPage(command: string, flags: Flags): { filter: TaskFilter; page: PageFlags } {
  const read = createReader(flags)
  const both = { filter: filterOf(read), page: pageOf(read) }
  read.end(command)
  return both
}

function filterOf(read: Reader): TaskFilter {
  const filter = {
    status: read.list('--status', status),
    queue: read.list('--queue', name),
    kind: read.list('--kind', name),
    process: read.one('--process', name),
    error: read.one('--error', error),
    olderThanMs: read.one('--older-than', age),
  }
  // A field that is not there means no condition; `undefined` would be a field that is there.
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}

function pageOf(read: Reader): PageFlags {
  return {
    limit: read.one('--limit', rows) ?? DEFAULT_PAGE_ROWS,
    after: read.one('--after', id) ?? null,
    newestFirst: read.isGiven('--newest'),
  }
}

const status = oneOf(STATUSES)
const error = textThat(
  `must be a text of 1 to ${LIMITS.errorChars} characters`,
  (typed) => typed.length >= 1 && typed.length <= LIMITS.errorChars,
)
const age = duration(0, LIMITS.delayMs)
const rows = wholeNumber(1, LIMITS.pageRows)
const id = text(idSentence, (typed): TaskId | undefined => {
  const digits = idDigits(typed)
  return digits === undefined ? undefined : taskId(digits)
})

type Reader = ReturnType<typeof createReader>

/** Flags by their names as they are typed; what is wrong with them is kept until `end`. */
function createReader(flags: Flags) {
  const problems: string[] = []
  const parse = <Value>(flag: string, typed: string, check: Check<Value>): Value[] => {
    const checked = check(typed)
    if ('value' in checked) return [checked.value]
    problems.push(`${flag}: ${checked.sentence}, got ${quoted(typed)}`)
    return []
  }
  return {
    isGiven: (flag: string): boolean => flags[flagProperty(flag)] === true,
    one: <Value>(flag: string, check: Check<Value>): Value | undefined => {
      const typed = flags[flagProperty(flag)]
      return typed === undefined ? undefined : parse(flag, String(typed), check)[0]
    },
    list: <Value>(flag: string, check: Check<Value>): Value[] | undefined => {
      const typed = flags[flagProperty(flag)]
      if (!Array.isArray(typed)) return undefined
      const parts = typed.flatMap((part) => String(part).split(',')).map((part) => part.trim())
      return [...new Set(parts)].flatMap((part) => parse(flag, part, check))
    },
    /** Throws what was wrong, if anything was. */
    end: (command: string): void => {
      if (problems.length === 0) return
      throw new ExpectedError(problems.join('\n'), `Run: taskproc ${command} --help`, EXIT.usage)
    },
  }
}
