// The names of the runs below a plot: on lines of which each has room for its names, or as numbers with a legend.
import { round, text } from './svg.ts'

/** Of the letters of names, in pixels: rather too wide than too narrow, since nobody knows the font. */
const LETTER_WIDTH = 6.2
const LINE_HEIGHT = 14
const GAP = 10
const MOST_LINES = 3
const LONGEST_NAME = 40

interface Name {
  /** Where its run begins. */
  readonly x: number
  readonly name: string
}

interface Field {
  readonly left: number
  readonly right: number
  /** From where the lines of the runs come down, and where the names may begin. */
  readonly top: number
  readonly bottom: number
}

/** The parts of the picture, and how high they are below `bottom`. No name covers another. */
export function namesBelow(names: readonly Name[], field: Field): { parts: string[]; height: number } {
  const short = names.map(({ x, name }) => ({ x, name: shortened(name) }))
  const placed = staggered(short, field)
  return placed === null ? numbered(short, field) : drawn(placed, field)
}

interface Placed extends Name {
  /** Of its first letter. */
  readonly from: number
  /** From 0. */
  readonly line: number
}

/** Each on the first line with room for it, in their order; null where some have none. */
function staggered(names: readonly Name[], { right }: Field): Placed[] | null {
  const ends: number[] = Array.from({ length: MOST_LINES }, () => Number.NEGATIVE_INFINITY)
  const placed = names.flatMap(({ x, name }): Placed[] => {
    const width = widthOf(name)
    const from = Math.min(x, right - width)
    const line = ends.findIndex((end) => end + GAP <= from)
    if (line === -1) return []
    ends[line] = from + width
    return [{ x, name, from, line }]
  })
  return placed.length === names.length ? placed : null
}

function drawn(placed: readonly Placed[], { top, bottom }: Field): { parts: string[]; height: number } {
  const y = (line: number) => bottom + (line + 1) * LINE_HEIGHT
  return {
    // Letters above lines: a line may go down behind the name of the run before.
    parts: [
      ...placed.map(({ x, line }) => upright(x, top, y(line) - LINE_HEIGHT / 2)),
      ...placed.map(({ name, from, line }) => text('name', from, y(line), name)),
    ],
    height: (Math.max(-1, ...placed.map(({ line }) => line)) + 1) * LINE_HEIGHT,
  }
}

/** A number below each run, as far as there is room, and what each stands for in columns below. */
function numbered(names: readonly Name[], field: Field): { parts: string[]; height: number } {
  const { left, right, top, bottom } = field
  const entries = names.map(({ name }, index) => `${index + 1} ${name}`)
  const columnWidth = Math.max(...entries.map(widthOf)) + 2 * GAP
  const columns = Math.max(1, Math.floor((right - left) / columnWidth))
  const lines = Math.ceil(entries.length / columns)
  let end = Number.NEGATIVE_INFINITY
  const numbers = names.flatMap(({ x }, index) => {
    if (x < end) return []
    end = x + widthOf(String(index + 1)) + 2
    return [text('name', x, bottom + LINE_HEIGHT, String(index + 1))]
  })
  return {
    parts: [
      ...names.map(({ x }) => upright(x, top, bottom)),
      ...numbers,
      ...entries.map((entry, index) =>
        text(
          'name',
          left + Math.floor(index / lines) * columnWidth,
          bottom + ((index % lines) + 2.5) * LINE_HEIGHT,
          entry,
        ),
      ),
    ],
    height: (lines + 2) * LINE_HEIGHT,
  }
}

function upright(x: number, top: number, bottom: number): string {
  return `<line class="grid" x1="${round(x)}" x2="${round(x)}" y1="${round(top)}" y2="${round(bottom)}"/>`
}

function widthOf(name: string): number {
  return [...name].length * LETTER_WIDTH
}

function shortened(name: string): string {
  const letters = [...name]
  return letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME - 1).join('')}…` : name
}
