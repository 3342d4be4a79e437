// JSON as it was typed: a whole number that JavaScript would round is refused, not stored as another one.

/** What `text` says. Throws a SyntaxError where it is no JSON, and an Inexact where a whole number would be rounded. */
export function parseExactJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  const rounded = roundedNumber(text)
  if (rounded !== undefined) throw new Inexact(rounded)
  return value
}

export class Inexact extends Error {
  constructor(digits: string) {
    const shown = digits.length > SHOWN_DIGITS ? `${digits.slice(0, SHOWN_DIGITS)}…` : digits
    super(`holds ${shown}, a whole number that would be rounded: send it as a text`)
  }
}

const SHOWN_DIGITS = 30

/** The first whole number in a JSON text that would come out as another. Below 2^53, so with up to 15 digits, none does. */
function roundedNumber(text: string): string | undefined {
  if (!/\d{16}/.test(text)) return undefined
  for (let start = 0; start < text.length; ) {
    const quote = text.indexOf('"', start)
    const end = quote === -1 ? text.length : quote
    const outside = text.slice(start, end).match(/-?\d[\d.eE+-]*/g) ?? []
    const rounded = outside.find(isRounded)
    if (rounded !== undefined) return rounded
    start = quote === -1 ? end : endOfString(text, quote)
  }
  return undefined
}

function isRounded(number: string): boolean {
  if (!/^-?\d{16,}$/.test(number)) return false
  const double = Number(number)
  const isKept = !Number.isFinite(double) || String(double) === number || BigInt(double) === BigInt(number)
  return !isKept
}

/** Behind the string that begins at `quote`. */
function endOfString(text: string, quote: number): number {
  let at = quote + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
