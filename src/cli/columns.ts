// Tables whose columns give way on a narrow terminal: the least important are cut first, then left out. Whole in a pipe.
import { oneLine } from '../telemetry/words.ts'
import { print } from './output.ts'
import { isDecorated, isScreen, type Output, type Terminal } from './terminal.ts'
import { cutEnd, cutStart, widthOf } from './text-width.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** May be cut down to so many columns of the terminal. Without it, it is never cut. */
  readonly least?: number
  /** The larger, the sooner it is left out where cutting is not enough. Without it, it stays. */
  readonly rank?: number
  /** Where a cut takes away. Default: the end. */
  readonly cut?: 'start' | 'end'
}

const GAP = '  '
/** Of a terminal that does not know its size. */
const DEFAULT_COLUMNS = 80
/** In a pipe a line is as long as it has to be, but an error text may have 10,000 characters. */
const LONGEST_CELL = 1_000
const BOLD = '\u001b[1m'
const PLAIN = '\u001b[0m'

/** The width of the screen that the command prints on; without a bound in a pipe. */
export function screenColumns({ stdout }: Terminal): number {
  return columnsOf(stdout)
}

/** The width of a screen; without a bound in a pipe. */
export function columnsOf(output: Output): number {
  return isScreen(output) ? output.columns || DEFAULT_COLUMNS : Number.POSITIVE_INFINITY
}

/** `text`, in bold where the screen can show it. */
export function bold(text: string, { stdout, env }: Terminal): string {
  return isDecorated(stdout, env) ? BOLD + text + PLAIN : text
}

/** Prints the header and a line for each row; no line is wider than the screen, unless what is never cut is. */
export function printColumns(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): void {
  const [header = '', ...lines] = tableLines(columns, rows, screenColumns(terminal))
  print(terminal, [bold(header, terminal), ...lines].join('\n'))
}

/** The titles of the columns that are left out where there is `room` for so many characters. */
export function leftOut(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room: number,
): string[] {
  const { widths } = laidOut(columns, rows, room)
  return columns.flatMap(({ title }, at) => (widths[at] === 0 ? [title] : []))
}

/** The header and the rows, in `room` columns. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  room: number,
): string[] {
  const { cells, widths } = laidOut(columns, rows, room)
  const asHeader = columns.map(({ align = 'left' }) => ({ align }))
  return cells.map((row, place) => lineOf(row, place === 0 ? asHeader : columns, widths))
}

function laidOut(columns: readonly Column[], rows: readonly (readonly string[])[], room: number) {
  const titles = columns.map(({ title }) => title)
  const cells = [titles, ...rows].map((row) => row.map((cell) => oneLine(cell, LONGEST_CELL)))
  const natural = columns.map((_, at) => Math.max(...cells.map((row) => widthOf(row[at] ?? ''))))
  return { cells, widths: fitted(columns, natural, room) }
}

/** The width of each column; 0 for one that is left out. */
export function fitted(columns: readonly Column[], natural: readonly number[], room: number): number[] {
  const isKept = columns.map(() => true)
  const least = columns.map((column, at) =>
    Math.min(natural[at] ?? 0, column.least ?? Number.POSITIVE_INFINITY),
  )
  while (total(least, isKept) > room) {
    const rank = Math.max(...columns.map((column, at) => (isKept[at] ? (column.rank ?? 0) : 0)))
    if (rank === 0) break
    isKept[columns.findIndex((column, at) => isKept[at] && column.rank === rank)] = false
  }
  const widths = columns.map((_, at) => (isKept[at] ? (natural[at] ?? 0) : 0))
  for (let excess = total(widths, isKept) - room; excess > 0; excess--) {
    const widest = widestOf(widths, least)
    if (widest === undefined) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function total(widths: readonly number[], isKept: readonly boolean[]): number {
  const kept = widths.filter((_, at) => isKept[at])
  return kept.reduce((sum, each) => sum + each, 0) + GAP.length * Math.max(0, kept.length - 1)
}

/** The one that gives way next. */
function widestOf(widths: readonly number[], least: readonly number[]): number | undefined {
  const shrinkable = widths.flatMap((width, at) => (width > (least[at] ?? 0) ? [at] : []))
  return shrinkable.sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0]
}

function lineOf(
  row: readonly string[],
  columns: readonly Pick<Column, 'align' | 'cut'>[],
  widths: readonly number[],
): string {
  const shown = columns.flatMap(({ align, cut }, at) => {
    const width = widths[at] ?? 0
    if (width === 0) return []
    const text = (cut === 'start' ? cutStart : cutEnd)(row[at] ?? '', width)
    const space = ' '.repeat(width - widthOf(text))
    return [align === 'right' ? space + text : text + space]
  })
  return shown.join(GAP).trimEnd()
}
