// Tables on the screen: a header and rows, of which one may be chosen, in columns that give way to a narrow terminal.
import { type Column, fitted } from '../columns.ts'
import { widthOf } from '../text-width.ts'
import { type Line, type Span, type Style, span } from './line.ts'
import { cut, padded } from './text.ts'

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

/** The header and the rows. No line is wider than `width`. */
export function layTable(columns: readonly Column[], rows: readonly Row[], width: number): Line[] {
  const natural = columns.map((column, at) =>
    Math.max(widthOf(column.title), ...rows.map(({ cells }) => widthOf(cells[at]?.text ?? ''))),
  )
  const widths = fitted(columns, natural, width - MARK.length)
  const titles = columns.map(({ title }): Cell => ({ text: title, style: 'plain' }))
  const header = layRow({ cells: titles, isChosen: false }, columns, widths)
  const title = cut(header.map(({ text }) => text).join(''), width)
  return [[span(title, 'bold')], ...rows.map((row) => layRow(row, columns, widths))]
}

function layRow({ cells, isChosen }: Row, columns: readonly Column[], widths: readonly number[]): Line {
  const line: Span[] = [span(isChosen ? MARK : '  ', isChosen ? 'chosen' : 'plain')]
  const last = widths.findLastIndex((width) => width > 0)
  for (const [at, { align = 'left', cut: from = 'end' }] of columns.entries()) {
    const width = widths[at] ?? 0
    if (width === 0) continue
    const { text, style } = cells[at] ?? { text: '', style: 'plain' }
    const shown = padded(text, width, { align, from })
    line.push(span(at === last && !isChosen ? shown.trimEnd() : shown, isChosen ? 'chosen' : style))
    if (at !== last) line.push(span(GAP, isChosen ? 'chosen' : 'plain'))
  }
  return line
}
