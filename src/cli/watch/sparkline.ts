// A row of bars: the last minutes at a glance.
import type { Look } from './look.ts'

const BLOCKS = [...'▁▂▃▄▅▆▇█']
const ASCII = [...'_.-=+*#@']

/**
 * `values`, oldest first, in at most `columns` bars; where there are more values than room, a bar is the mean of several.
 * `lastStep` numbers the last value, counted from any fixed moment: a bar begins at multiples, so that it keeps its values
 * and moves as a whole. The lowest bar is for nothing at all, so the smallest something is seen.
 */
export function sparkline(
  values: readonly number[],
  columns: number,
  { hasSymbols }: Look,
  lastStep: number,
): string {
  const bars = hasSymbols ? BLOCKS : ASCII
  const means = averaged(values, columns, lastStep)
  const highest = Math.max(0, ...means)
  const top = bars.length - 1
  return means.map((value) => bars[value > 0 ? Math.ceil((value / highest) * top) : 0]).join('')
}

/** Only the newest bar may have fewer values than the others; what is too old for a whole one is left out. */
function averaged(values: readonly number[], columns: number, lastStep: number): number[] {
  if (columns <= 0) return []
  const size = Math.max(1, Math.ceil(values.length / columns))
  const bars = Math.floor(values.length / size)
  const newest = (lastStep % size) + 1
  const means: number[] = []
  for (let end = values.length, bar = 0; bar < bars; bar++) {
    const from = end - (bar === 0 ? newest : size)
    const group = values.slice(from, end)
    means.unshift(group.reduce((sum, value) => sum + value, 0) / group.length)
    end = from
  }
  return means
}
