// The screen as a function of the state: every line of it, as it is written.
import { footerLine } from './footer.ts'
import { helpLines } from './help-page.ts'
import { type Line, paint } from './line.ts'
import { overviewLines } from './overview.ts'
import type { WatchState } from './state.ts'
import { taskLines } from './task-page.ts'

/** The frame: as many lines as the screen has rows, none wider than the screen. */
export function frame(state: WatchState): Line[] {
  const rows = state.size.rows - 1
  const page = pageLines(state, rows).slice(0, rows)
  const empty = Array.from({ length: Math.max(0, rows - page.length) }, (): Line => [])
  return [...page, ...empty, footerLine(state)]
}

/** The same as text with escapes. */
export function render(state: WatchState): string[] {
  return frame(state).map((line) => paint(line, state.size.columns, state.look))
}

function pageLines(state: WatchState, rows: number): Line[] {
  if (state.page.name === 'help') return helpLines(rows, state.program)
  return state.page.name === 'task' ? taskLines(state, rows) : overviewLines(state, rows)
}
