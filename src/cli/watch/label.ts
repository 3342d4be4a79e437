// Lines with a label in front, all of one width.
import { type Line, type Span, span } from './line.ts'

export const LABEL_COLUMNS = 10

/** `text` and what it stands for. */
export function labelled(text: string, spans: readonly Span[]): Line {
  return [span(text.padEnd(LABEL_COLUMNS), 'dim'), ...spans]
}
