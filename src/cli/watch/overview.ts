// The overview: the head, what is wrong, and the tables, each with its share of the rows that there are.
import { grouped } from '../../telemetry/words.ts'
import type { Column } from '../columns.ts'
import { findingsOf } from './findings.ts'
import { headerLines } from './header.ts'
import { chosenItem, type Item, itemsOf, type Section } from './items.ts'
import { type Line, span } from './line.ts'
import { COLUMNS, cellsOf, KIND_COLUMNS, kindCells } from './sections.ts'
import { MOST_FAILURES, type Overview, type WatchState } from './state.ts'
import { layTable } from './table.ts'
import { cut, harmless } from './text.ts'

const SECTIONS: readonly Section[] = ['queues', 'processes', 'running', 'failed']

/** At most `rows` lines. */
export function overviewLines(state: WatchState, rows: number): Line[] {
  const { overview } = state
  const head = [...headerLines(state, headRows(rows)), ...findingLines(state, findingRows(rows))]
  if (overview === null) return head.slice(0, rows)
  return [...head, ...sectionLines(state, overview.value, rows - head.length)].slice(0, rows)
}

function headRows(rows: number): number {
  return rows >= 20 ? 5 : rows >= 14 ? 3 : 2
}

function findingRows(rows: number): number {
  return rows >= 40 ? 8 : rows >= 20 ? 4 : rows >= 12 ? 2 : 1
}

/** What does not fit is counted in the last line. */
function findingLines(state: WatchState, most: number): Line[] {
  const { look, size } = state
  const findings = findingsOf(state)
  const rest = findings.length - most
  return findings.slice(0, most).map(({ isBad, text }, at) => {
    const more = rest > 0 && at === most - 1 ? ` (and ${rest} more)` : ''
    const shown = cut(`! ${harmless(text, look)}`, size.columns - more.length)
    return [span(shown + more, isBad ? 'red' : 'yellow')]
  })
}

interface Part {
  readonly section: Section
  readonly items: readonly Item[]
  /** Rows of the table without its header; 0: it is not shown. */
  rows: number
}

function sectionLines(state: WatchState, overview: Overview, rows: number): Line[] {
  const items = itemsOf(overview)
  const chosen = chosenItem(state)
  const parts = SECTIONS.map((section): Part => {
    return { section, items: items.filter((item) => item.section === section), rows: 0 }
  })
  const shown = share(parts, rows, chosen)
  const used = shown.reduce((sum, part) => sum + part.rows + 1, 0)
  // Air between the tables where there is some to spare.
  const isAiry = rows - used >= shown.length
  const tables = shown.map((part) => partLines(part, chosen, overview, state))
  const kinds = kindLines(overview, state)
  if (kinds.length + tables.length + 1 <= rows - used) tables.push(kinds)
  return tables.flatMap((table) => (isAiry ? [[], ...table] : table))
}

/** Nothing that one could choose, so only where there is room for all of it. */
function kindLines({ stats }: Overview, { size, look }: WatchState): Line[] {
  const rows = stats.kinds.map((kind) => ({ cells: kindCells(kind, look), isChosen: false }))
  return rows.length === 0 ? [] : layTable(KIND_COLUMNS, rows, size.columns)
}

/** One row for each table in turn until there is no more room; the one with the chosen row comes first. */
function share(parts: readonly Part[], rows: number, chosen: Item | null): Part[] {
  let room = rows
  const wanted = parts.filter(({ items }) => items.length > 0)
  const inTurn = wanted.toSorted(
    (a, b) => Number(b.section === chosen?.section) - Number(a.section === chosen?.section),
  )
  for (let given = true; given; ) {
    given = false
    for (const part of inTurn) {
      const cost = part.rows === 0 ? 2 : 1
      if (part.rows >= part.items.length || cost > room) continue
      part.rows += 1
      room -= cost
      given = true
    }
  }
  return wanted.filter((part) => part.rows > 0)
}

function partLines(
  { section, items, rows }: Part,
  chosen: Item | null,
  overview: Overview,
  state: WatchState,
): Line[] {
  const at = items.findIndex(({ key }) => key === chosen?.key)
  const first = Math.max(0, Math.min(items.length - rows, at - Math.floor(rows / 2)))
  const window = items.slice(first, first + rows)
  const part = rows < items.length ? ` ${first + 1}-${first + rows}/${items.length}` : ''
  const columns = columnsOf(section, overview, state).map((column, place) =>
    place === 0 ? named(column, part) : column,
  )
  const table = window.map((item) => ({
    cells: cellsOf(item, overview, state.look),
    isChosen: item.key === chosen?.key,
  }))
  return layTable(columns, table, state.size.columns)
}

/** Of what failed only the newest are read: where the head counts more, the table says so. */
function columnsOf(section: Section, { failures, stats }: Overview, { size }: WatchState): readonly Column[] {
  const total = stats.tasks.error
  const isPart = section === 'failed' && failures.length >= MOST_FAILURES && total > failures.length
  if (!isPart || size.columns < TITLE_COLUMNS) return COLUMNS[section]
  const newest = ` of the newest ${failures.length} of ${grouped(total)}`
  return COLUMNS.failed.map((column) =>
    column.title === 'error' ? { ...column, title: column.title + newest } : column,
  )
}

/** On a narrower screen a sentence in a title would only be cut. */
const TITLE_COLUMNS = 60

/** Its title goes on with `part`, and is not cut; where it may not be cut itself, that stays so. */
function named(column: Column, part: string): Column {
  const title = column.title + part
  return column.least === undefined
    ? { ...column, title }
    : { ...column, title, least: Math.max(column.least, title.length) }
}
