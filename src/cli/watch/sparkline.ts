// A row of bars: the last minutes at a glance.
import type { Look } from './look.ts'

const BLOCKS = [...'▁▂▃▄▅▆▇█']
const ASCII = [...'_.-=+*#@']

/**
 * `values`, oldest first, in at most `columns` bars; where there are more values than room, a bar is the mean of several.
 * The lowest bar is for nothing at all, so the smallest something is seen.
 */
export function sparkline(values: readonly number[], columns: number, { hasSymbols }: Look): string {
  const bars = hasSymbols ? BLOCKS : ASCII
  const means = averaged(values, columns)
  const highest = Math.max(0, ...means)
  const top = bars.length - 1
  return means.map((value) => bars[value > 0 ? Math.ceil((value / highest) * top) : 0]).join('')
}

/** Grouped from the end: the newest bar is always complete. */
function averaged(values: readonly number[], columns: number): number[] {
  if (columns <= 0) return []
  const size = Math.max(1, Math.ceil(values.length / columns))
  const means: number[] = []
  for (let end = values.length; end > 0; end -= size) {
    const group = values.slice(Math.max(0, end - size), end)
    means.unshift(group.reduce((sum, value) => sum + value, 0) / group.length)
  }
  return means
}
