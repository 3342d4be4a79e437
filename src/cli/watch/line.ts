// A line of the screen as pieces with a style, and how it becomes the text that is written.
import ansi from 'ansi-escapes'
import { widthOf } from '../text-width.ts'
import type { Look } from './look.ts'
import { cut, isAscii } from './text.ts'

export type Style = 'plain' | 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'chosen'

export interface Span {
  /** Harmless, without escapes and line ends. */
  readonly text: string
  readonly style: Style
}

export type Line = readonly Span[]

export function span(text: string, style: Style = 'plain'): Span {
  return { text, style }
}

const BEGIN: Record<Style, string> = {
  plain: '',
  bold: '\u001b[1m',
  dim: '\u001b[2m',
  red: '\u001b[31m',
  yellow: '\u001b[33m',
  green: '\u001b[32m',
  chosen: '\u001b[7m',
}
const END = '\u001b[0m'
/** What text that was cut ends with, here and where there is no such character. */
const CUT = '…'
const ASCII_CUT = '~'

/**
 * The text of `line` in at most `columns`. After a piece beyond ASCII the cursor is set to where the next one belongs: what
 * a terminal takes for wider or narrower than we do shifts nothing.
 */
export function paint(line: Line, columns: number, look: Look): string {
  let column = 0
  let painted = ''
  for (const { text, style } of line) {
    if (column >= columns) break
    const shown = cut(text, columns - column)
    column += widthOf(shown)
    const drawn = look.hasSymbols ? shown : shown.replaceAll(CUT, ASCII_CUT)
    painted += look.hasColour && style !== 'plain' ? BEGIN[style] + drawn + END : drawn
    if (!isAscii(drawn) && column < columns) painted += ansi.cursorTo(column)
  }
  return painted
}

/** The same as plain text. */
export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('')
}
