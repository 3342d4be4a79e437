// Text on the screen: what came from tasks is made harmless, and as wide as the terminal will show it.
import stringWidth from 'string-width'
import { oneLine } from '../../telemetry/words.ts'
import { cutEnd, cutStart, widthOf } from '../text-width.ts'
import type { Look } from './look.ts'

/** Nothing on the screen shows more of one text. */
const LONGEST_CHARS = 4_000

/** What joins or varies emoji: terminals disagree on the width of the whole, and agree on that of its parts. */
const JOINERS = /[\u200d\ufe00-\ufe0f\u{e0100}-\u{e01ef}\p{Emoji_Modifier}]/gu
/** Invisible ones, those that turn the direction of writing, and those that have no agreed width. */
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu

/** Foreign text in one line that cannot move the cursor, and whose width is what `widthOf` says. */
export function harmless(text: string, { isUtf8 }: Look, maxChars = LONGEST_CHARS): string {
  const line = oneLine(text, maxChars).normalize('NFC').replace(JOINERS, '').replace(UNSEEN, '\uFFFD')
  return isUtf8 ? line : line.replace(/[^\x20-\x7e]/gu, (each) => '?'.repeat(stringWidth(each)))
}

export function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

/** `text` in at most `columns`, which may be none at all. */
export function cut(text: string, columns: number, from: 'start' | 'end' = 'end'): string {
  if (columns <= 0) return ''
  return from === 'start' ? cutStart(text, columns) : cutEnd(text, columns)
}

/** `text` in exactly `columns`. */
export function padded(
  text: string,
  columns: number,
  { align = 'left', from = 'end' }: { align?: 'left' | 'right'; from?: 'start' | 'end' } = {},
): string {
  const shown = cut(text, columns, from)
  const space = ' '.repeat(Math.max(0, columns - widthOf(shown)))
  return align === 'right' ? space + shown : shown + space
}
