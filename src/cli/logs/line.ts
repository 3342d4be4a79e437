// An item of a timeline as a line for people.
import type { LogItem } from '../../db/timeline.ts'
import { LIMITS } from '../../task/limits.ts'
import { oneLine } from '../../telemetry/words.ts'
import { instant } from '../relative.ts'

const LEVEL_CHARS = 5
const MESSAGE_CHARS = LIMITS.logLineChars + 100

/** `2030-01-31 09:00:00.123Z  info   attempt 1  host-1  step 1 of 2`, whole, whatever the width of the screen. */
export function itemLine({ at, attempt, process, level, message }: LogItem): string {
  const who = [
    ...(attempt > 0 ? [`attempt ${attempt}`] : []),
    ...(process === null ? [] : [oneLine(process, LIMITS.nameChars)]),
  ]
  return [instant(at), level.padEnd(LEVEL_CHARS), ...who, oneLine(message, MESSAGE_CHARS)].join('  ')
}
