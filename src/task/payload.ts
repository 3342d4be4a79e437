// What a payload may be: any JSON that PostgreSQL can hold and every process can read, up to a limit.
import { LIMITS } from './limits.ts'
import { jsonText } from './outcome.ts'

/** What is wrong with `value` as a payload; undefined where nothing is. */
export function payloadProblem(value: unknown): string | undefined {
  const text = jsonText(value)
  if (typeof text === 'object') {
    // As far as JSON.stringify came.
    return /call stack/.test(text.problem) ? TOO_DEEP : `cannot be stored: ${text.problem}`
  }
  const bytes = Buffer.byteLength(text)
  if (bytes > LIMITS.payloadBytes) return `has ${bytes} bytes as JSON, the limit is ${LIMITS.payloadBytes}`
  // A number that JSON cannot hold has become null, and no text is nested deeper than it is long.
  if (!text.includes('null') && text.length <= LIMITS.payloadLevels) return undefined
  return lostInJson(value, LIMITS.payloadLevels)
}

const TOO_DEEP = `is nested deeper than ${LIMITS.payloadLevels} levels`

/** Its JSON text is bounded by now, so this is too. */
function lostInJson(value: unknown, levelsLeft: number): string | undefined {
  // JSON.parse takes 1e999 for Infinity, and JSON.stringify makes null of it.
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : 'holds a number that is not finite'
  if (typeof value !== 'object' || value === null) return undefined
  if (levelsLeft === 0) return TOO_DEEP
  for (const inner of Object.values(value)) {
    const problem = lostInJson(inner, levelsLeft - 1)
    if (problem !== undefined) return problem
  }
  return undefined
}
