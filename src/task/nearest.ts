// Did you mean: the name among others that is nearest in spelling.

/** A typing error or two; in a short name, one letter that is different makes another word. */
const MOST_EDITS = 2
const CHARS_FOR_EACH_EDIT = 3

/** The name that differs least from `name`: in case, in separators, or in a letter or two. undefined: none is near. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  const most = Math.min(MOST_EDITS, Math.floor(name.length / CHARS_FOR_EACH_EDIT))
  const ranked = [...new Set(names)]
    .filter((other) => other !== name)
    .map((other) => ({ other, edits: edits(plain(name), plain(other)) }))
    .filter(({ edits }) => edits <= most)
  return ranked.sort((a, b) => a.edits - b.edits || (a.other < b.other ? -1 : 1))[0]?.other
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.:/ ]/g, '')
}

/** Insertions, deletions and replacements from one to the other, two neighbours that changed places counted as one. */
function edits(from: string, to: string): number {
  let before: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const line = [row]
    for (let column = 1; column <= to.length; column++) {
      const differs = from[row - 1] === to[column - 1] ? 0 : 1
      const straight = Math.min(
        at(last, column) + 1,
        at(line, column - 1) + 1,
        at(last, column - 1) + differs,
      )
      const isSwap =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      line.push(isSwap ? Math.min(straight, at(before, column - 2) + 1) : straight)
    }
    before = last
    last = line
  }
  return at(last, to.length)
}

function at(line: readonly number[], column: number): number {
  return line[column] ?? Number.POSITIVE_INFINITY
}
