// Durations as people write them: `500ms`, `5s`, `2m`, `1h`, `7d`.

export const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * The milliseconds of such a text, or undefined where it is none. A bare number takes `bareUnit`; without one it is
 * refused.
 */
export function parseDuration(text: string, bareUnit?: keyof typeof UNIT_MS): number | undefined {
  const [, digits, unit = bareUnit] = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)?$/.exec(text.trim()) ?? []
  if (digits === undefined || unit === undefined) return undefined
  return Math.round(Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS])
}

/** `7d`, `90s`, `1500ms`: a whole number of the largest unit. */
export function durationText(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((each) => ms > 0 && ms % UNIT_MS[each] === 0) ?? 'ms'
  return ms === 0 ? '0' : `${ms / UNIT_MS[unit]}${unit}`
}
