// How wide text is on a terminal, and text cut or broken to fit. Wide characters (CJK, emoji) take two columns.
import stringWidth from 'string-width'

const ASCII = /^[\x20-\x7e]*$/
const MARK = '…'
const graphemes = new Intl.Segmenter()

/** In columns of the terminal, of text without control characters. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text)
}

/** `text` in at most `columns`; what is cut ends with a mark. */
export function cutEnd(text: string, columns: number): string {
  return widthOf(text) <= columns ? text : headOf(text, columns - 1) + MARK
}

/** The end of `text` in at most `columns`: what tells generated names apart stands there. */
export function cutStart(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let width = 1
  let from = text.length
  for (const { segment, index } of [...graphemes.segment(text)].reverse()) {
    width += widthOf(segment)
    if (width > columns) break
    from = index
  }
  return MARK + text.slice(from)
}

/** `text` in lines of at most `columns`, broken at spaces where there are any; at most `maxLines`, the last one cut. */
export function cutIntoLines(text: string, columns: number, maxLines: number): string[] {
  const lines: string[] = []
  let rest = text
  while (lines.length < maxLines - 1 && widthOf(rest) > columns) {
    const full = headOf(rest, columns)
    if (full === '') break
    const space = rest[full.length] === ' ' ? full.length : full.lastIndexOf(' ')
    const end = space >= full.length / 2 ? space : full.length
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...lines, cutEnd(rest, columns)]
}

/** As much of the beginning as fits; no character is taken apart. */
function headOf(text: string, columns: number): string {
  if (ASCII.test(text)) return text.slice(0, Math.max(0, columns))
  let width = 0
  let end = 0
  for (const { segment, index } of graphemes.segment(text)) {
    width += widthOf(segment)
    if (width > columns) break
    end = index + segment.length
  }
  return text.slice(0, end)
}
