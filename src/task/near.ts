// Which known names somebody may have meant.

/** Names further away than this are other names. */
const MAX_DISTANCE = 3
/** Of a name, so much may be different: `ab` is not near to `xy`. */
const MAX_SHARE = 0.34
const MAX_NAMES = 3
/** Comparing costs the product of the lengths; names are shorter, options may be anything. */
const COMPARED_CHARS = 128

/** The names nearest to `wrong`, at most three of equal distance; neither another case nor separators are a difference. */
export function nearest(wrong: string, names: readonly string[]): string[] {
  const others = [...new Set(names)].filter((name) => name !== wrong)
  const distances = others.map((name) => ({ name, far: distance(fold(wrong), fold(name)) }))
  const near = distances.filter(
    ({ name, far }) => far <= Math.min(MAX_DISTANCE, MAX_SHARE * Math.max(wrong.length, name.length)),
  )
  const least = Math.min(...near.map(({ far }) => far))
  return near
    .filter(({ far }) => far === least)
    .map(({ name }) => name)
    .sort()
    .slice(0, MAX_NAMES)
}

function fold(name: string): string {
  return name
    .slice(0, COMPARED_CHARS)
    .toLowerCase()
    .replace(/[-_.:/ ]/g, '')
}

/** Letters to insert, to take away, to change or to swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      const edits = [(last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost]
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwap) edits.push((before[j - 2] ?? 0) + 1)
      row.push(Math.min(...edits))
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}
