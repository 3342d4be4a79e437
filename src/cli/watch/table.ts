// Tables on the screen: columns that give way, in their order of importance, where the terminal is narrow.
import { type Line, type Span, type Style, span } from './line.ts'
import type { Look } from './look.ts'
import { cut, padded, widthOf } from './text.ts'

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** The larger, the sooner it is left out. 0 never is. */
  readonly rank: number
  /** Cut down to this many columns before any column is left out. */
  readonly least?: number
}

export interface Cell {
  /** Harmless text. */
  readonly text: string
  readonly style: Style
}

export interface Row {
  readonly cells: readonly Cell[]
  readonly isChosen: boolean
}

const GAP = '  '
/** The mark of the chosen row takes the first two columns. */
const MARK = '> '

/** The header and the rows. No line is wider than `columns`. */
export function layTable(
  columns: readonly Column[],
  rows: readonly Row[],
  width: number,
  look: Look,
): Line[] {
  const room = width - MARK.length
  const natural = columns.map((column, at) =>
    Math.max(widthOf(column.title), ...rows.map(({ cells }) => widthOf(cells[at]?.text ?? ''))),
  )
  const kept = keep(columns, natural, room)
  const widths = shrink(columns, natural, kept, room)
  const header = kept.map((at) =>
    padded(columns[at]?.title ?? '', widths[at] ?? 0, alignOf(columns[at]), look),
  )
  return [
    [span(cut(`  ${header.join(GAP)}`.trimEnd(), width, look), 'bold')],
    ...rows.map((row) => layRow(row, columns, kept, widths, look)),
  ]
}

function layRow(
  { cells, isChosen }: Row,
  columns: readonly Column[],
  kept: readonly number[],
  widths: readonly number[],
  look: Look,
): Line {
  const line: Span[] = [span(isChosen ? MARK : '  ', isChosen ? 'chosen' : 'plain')]
  for (const [place, at] of kept.entries()) {
    const { text, style } = cells[at] ?? { text: '', style: 'plain' }
    const isLast = place === kept.length - 1
    const shown = padded(text, widths[at] ?? 0, alignOf(columns[at]), look)
    line.push(span(isLast && !isChosen ? shown.trimEnd() : shown, isChosen ? 'chosen' : style))
    if (!isLast) line.push(span(GAP, isChosen ? 'chosen' : 'plain'))
  }
  return line
}

/** Which columns stay, counted as narrow as they may become. */
function keep(columns: readonly Column[], natural: readonly number[], room: number): number[] {
  let kept = columns.map((_, at) => at)
  const leastOf = (at: number) => Math.min(natural[at] ?? 0, columns[at]?.least ?? Number.POSITIVE_INFINITY)
  while (sum(kept.map(leastOf)) + GAP.length * (kept.length - 1) > room) {
    const rank = Math.max(...kept.map((at) => columns[at]?.rank ?? 0))
    if (rank === 0) break
    kept = kept.filter((at) => columns[at]?.rank !== rank)
  }
  return kept
}

/** Takes what is too much from those that may shrink, the widest first. */
function shrink(
  columns: readonly Column[],
  natural: readonly number[],
  kept: readonly number[],
  room: number,
): number[] {
  const widths = [...natural]
  let excess = sum(kept.map((at) => widths[at] ?? 0)) + GAP.length * (kept.length - 1) - room
  while (excess > 0) {
    const shrinkable = kept.filter(
      (at) => (widths[at] ?? 0) > (columns[at]?.least ?? Number.POSITIVE_INFINITY),
    )
    const widest = shrinkable.sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0]
    if (widest === undefined) break
    widths[widest] = (widths[widest] ?? 0) - 1
    excess--
  }
  return widths
}

function alignOf(column: Column | undefined): 'left' | 'right' {
  return column?.align ?? 'left'
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
