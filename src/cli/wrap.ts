// Text in lines that fit a screen.
import { widthOf } from './text-width.ts'

/**
 * The lines of `text` at most `columns` wide: the first begins with `first`, the others with as many spaces. A word that
 * is longer than a line stays whole, so that it can be copied.
 */
export function wrap(text: string, columns: number, first = ''): string[] {
  const rest = ' '.repeat(first.length)
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(' ')) {
    if (!isEmpty && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line)
      line = rest
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line.trimEnd()]
}
