// Numbers and foreign text in words, for log lines, progress and tables.

// The words for numbers live a floor below, where sentences are made of them.
export { count, duration, grouped, rate } from '../task/words.ts'

/**
 * One line of `text` that is safe on a terminal: control characters cannot move its cursor or set its title, and nothing
 * turns the direction of what follows.
 */
export function oneLine(text: string, maxChars: number): string {
  // Cut before looking at each character: a result may be a megabyte long.
  const start = text
    .slice(0, maxChars + 1)
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\uFFFD')
  return (start.length <= maxChars ? start : `${start.slice(0, maxChars)}…`).toWellFormed()
}
