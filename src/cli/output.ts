// What commands print on stdout: text, one JSON document, or tables that fit the screen and are readable when piped.
import { oneLine } from '../telemetry/words.ts'
import { isDecorated, isScreen, type Terminal } from './terminal.ts'

const GAP = '  '
const NARROWEST_NAME = 8
/** Of a terminal that does not know its size. */
const DEFAULT_COLUMNS = 80
const LONGEST_CELL = 200
const BOLD = '\u001b[1m'
const PLAIN = '\u001b[0m'

/** A line on stdout, or several; what came from tasks has to be harmless already. */
export function print({ stdout }: Terminal, text: string): void {
  stdout.write(`${text}\n`)
}

/** One document: indented for people, one line for programs. */
export function printJson(terminal: Terminal, document: unknown): void {
  print(terminal, JSON.stringify(document, null, isScreen(terminal.stdout) ? 2 : undefined))
}

/**
 * Prints a table. The first column holds names and is cut where the screen is too narrow for it; numbers are set
 * to the right.
 */
export function printTable(
  terminal: Terminal,
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const isBold = isDecorated(terminal.stdout, terminal.env)
  const cells = [header, ...rows].map((row) => row.map((cell) => oneLine(String(cell), LONGEST_CELL)))
  const widths = header.map((_, column) => Math.max(...cells.map((row) => width(row[column]))))
  const rest = widths.slice(1).reduce((sum, each) => sum + each + GAP.length, 0)
  const columns = isScreen(terminal.stdout)
    ? terminal.stdout.columns || DEFAULT_COLUMNS
    : Number.POSITIVE_INFINITY
  widths[0] = Math.min(widths[0] ?? 0, Math.max(NARROWEST_NAME, columns - rest))
  const isNumber = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  )
  const lines = cells.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0, isNumber[column] === true))
      .join(GAP)
      .trimEnd(),
  )
  const [first = '', ...others] = lines
  print(terminal, [isBold ? `${BOLD}${first}${PLAIN}` : first, ...others].join('\n'))
}

function padded(cell: string, columns: number, toTheRight: boolean): string {
  const cut = width(cell) > columns ? `${[...cell].slice(0, columns - 1).join('')}…` : cell
  const padding = ' '.repeat(Math.max(0, columns - width(cut)))
  return toTheRight ? padding + cut : cut + padding
}

/** In characters. Wide ones (CJK) take two columns and shift their row by one; names seldom have them. */
function width(cell: string | undefined): number {
  return cell === undefined ? 0 : [...cell].length
}
