// A schedule: a cron line in a time zone, and which instant is its next tick.
import { Cron } from 'croner'
import { clip, LIMITS } from './limits.ts'

export interface CronLine {
  /** Five fields (minute hour day month weekday), six with seconds before them, seven with years behind, or `@daily`. */
  readonly cron: string
  /** A name of the IANA time zone database. */
  readonly timezone: string
}

/**
 * The first tick after `afterMs` (since 1970), or null where there is none any more. Throws where `cronProblem` or
 * `timezoneProblem` has something to say.
 *
 * Daylight saving as in Vixie cron: a line of fixed times has each of them once a day, after the gap where the clock
 * leaps over it, at the first pass where it comes twice; a line with steps or wildcards goes on as time does.
 */
export function nextTickMs({ cron, timezone }: CronLine, afterMs: number): number | null {
  const line = new Cron(cron, { timezone, fixedTimeRule: 'no-wildcard' })
  return line.nextRun(new Date(afterMs))?.getTime() ?? null
}

/** A process that was frozen for longer, or had no database for longer, was not there. */
const LONGEST_STALL_MS = 10_000

/**
 * The tick to follow the one at `tickMs`, which is due. What a process was too busy for comes one after the other; but
 * what was due before it began to watch (`watchedSinceMs`) is a downtime, for which one tick stands in.
 */
export function followingTickMs(
  line: CronLine,
  { tickMs, nowMs, watchedSinceMs }: { tickMs: number; nowMs: number; watchedSinceMs: number },
): number | null {
  const isDowntime = tickMs < watchedSinceMs || nowMs - tickMs > LONGEST_STALL_MS
  return nextTickMs(line, isDowntime ? Math.max(tickMs, nowMs) : tickMs)
}

/** What is wrong with a cron line; undefined where nothing is. */
export function cronProblem(cron: string): string | undefined {
  if (cron.length > LIMITS.cronChars)
    return `must have ${LIMITS.cronChars} characters at most, got ${cron.length}`
  // The parser also takes a single date, which is no schedule.
  if (!/^\s*(@\w+|\S+(\s+\S+){4,6})\s*$/.test(cron))
    return `must have 5 fields (minute hour day month weekday), or 6 with seconds first, got ${JSON.stringify(cron)}`
  try {
    const isPossible = nextTickMs({ cron, timezone: 'UTC' }, LONG_AGO_MS) !== null
    return isPossible ? undefined : `is a day that no calendar has, got ${JSON.stringify(cron)}`
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.replace(/^CronPattern: /, '') : String(thrown)
    return clip(`${reason}, got ${JSON.stringify(cron)}`, LIMITS.errorChars)
  }
}

const LONG_AGO_MS = Date.UTC(1970)

/** What is wrong with the name of a time zone; undefined where nothing is. */
export function timezoneProblem(timezone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
    // Newer versions of Node take offsets too, which do not know of daylight saving.
    if (/^[A-Za-z]/.test(timezone)) return undefined
  } catch {}
  return `must be the name of a time zone, such as UTC or Europe/Berlin, got ${JSON.stringify(clip(timezone, LIMITS.nameChars))}`
}
