// Text in columns: what came from tasks is made harmless, and each piece is as wide as the terminal will show it.
import stringWidth from 'string-width'
import { oneLine } from '../../telemetry/words.ts'
import type { Look } from './look.ts'

/** Nothing on the screen shows more of one text. */
export const LONGEST_CHARS = 4_000

/** What joins or varies emoji: terminals disagree on the width of the whole, and agree on that of its parts. */
const JOINERS = /[\u200d\ufe00-\ufe0f\u{e0100}-\u{e01ef}\p{Emoji_Modifier}]/gu
/** Invisible ones, those that turn the direction of writing, and those that have no agreed width. */
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu

/** Foreign text in one line that cannot move the cursor, and whose width is what `widthOf` says. */
export function harmless(text: string, { isUtf8 }: Look, maxChars = LONGEST_CHARS): string {
  const line = oneLine(text, maxChars).normalize('NFC').replace(JOINERS, '').replace(UNSEEN, '\uFFFD')
  return isUtf8 ? line : line.replace(/[^\x20-\x7e]/gu, (each) => '?'.repeat(stringWidth(each)))
}

/** In columns of the terminal. */
export function widthOf(text: string): number {
  return isAscii(text) ? text.length : stringWidth(text)
}

export function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

/** `text` in at most `columns`; one that is cut ends with a mark. */
export function cut(text: string, columns: number, { hasSymbols }: Look): string {
  if (widthOf(text) <= columns) return text
  if (columns <= 0) return ''
  return `${head(text, columns - 1)}${hasSymbols ? '…' : '~'}`
}

/** `text` in exactly `columns`. */
export function padded(text: string, columns: number, align: 'left' | 'right', look: Look): string {
  const shown = cut(text, columns, look)
  const space = ' '.repeat(Math.max(0, columns - widthOf(shown)))
  return align === 'right' ? space + shown : shown + space
}

/** `text` in lines of at most `columns`, broken at spaces where there are any. No more than `maxLines`, the last one cut. */
export function wrapped(text: string, columns: number, maxLines: number, look: Look): string[] {
  const lines: string[] = []
  let rest = text
  while (lines.length < maxLines - 1 && widthOf(rest) > columns) {
    const full = head(rest, columns)
    if (full === '') break
    const space = full.lastIndexOf(' ')
    const isWord = space > full.length / 2
    const line = isWord ? full.slice(0, space) : full
    lines.push(line)
    rest = rest.slice(isWord ? space + 1 : full.length)
  }
  return [...lines, cut(rest, columns, look)]
}

const graphemes = new Intl.Segmenter()

/** As much of the beginning as fits; no character is taken apart. */
function head(text: string, columns: number): string {
  if (isAscii(text)) return text.slice(0, columns)
  let width = 0
  let end = 0
  for (const { segment, index } of graphemes.segment(text)) {
    width += stringWidth(segment)
    if (width > columns) break
    end = index + segment.length
  }
  return text.slice(0, end)
}
