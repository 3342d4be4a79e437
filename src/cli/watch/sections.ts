// The tables of the overview: what stands in their columns.
import type { ProcessStats, Stats } from '../../db/stats/stats.ts'
import { duration, grouped } from '../../telemetry/words.ts'
import type { Column } from '../columns.ts'
import { isAlive, isLeaseOver, isSilent } from '../stats/silence.ts'
import { seconds } from './findings.ts'
import { waitingOf } from './header.ts'
import type { Item, Section } from './items.ts'
import type { Style } from './line.ts'
import type { Look } from './look.ts'
import type { Overview } from './state.ts'
import type { Cell } from './table.ts'
import { harmless } from './text.ts'

const left = (title: string, rank: number, least?: number): Column => column(title, 'left', rank, least)
const right = (title: string, rank: number): Column => column(title, 'right', rank)

/** The first title names the section. */
export const COLUMNS: Readonly<Record<Section, readonly Column[]>> = {
  queues: [
    left('QUEUES', 0, 8),
    left('', 1),
    right('due', 0),
    right('delayed', 3),
    right('in progress', 2),
    right('oldest', 2),
    right('error', 4),
    right('done', 5),
  ],
  processes: [
    { ...left('PROCESSES', 0, 9), cut: 'start' },
    left('state', 1),
    right('last beat', 3),
    right('busy', 2),
    right('per min', 5),
    left('longest', 4, 12),
  ],
  running: [
    left('RUNNING', 0),
    left('kind', 0, 8),
    right('since', 0),
    left('process', 1, 8),
    right('worker', 2),
  ],
  failed: [left('FAILED', 0), left('kind', 1, 8), right('ago', 2), left('error', 0, 8)],
}

export const KIND_COLUMNS: readonly Column[] = [
  left('KINDS', 0, 8),
  right('pending', 0),
  right('in progress', 1),
  right('error', 2),
  right('done', 3),
]

export function kindCells(
  { kind, pending, in_progress, error, done }: Stats['kinds'][number],
  look: Look,
): Cell[] {
  return [
    cell(harmless(kind, look, LONGEST_NAME)),
    ...[pending, in_progress].map((number) => cell(grouped(number))),
    cell(grouped(error), error > 0 ? 'red' : 'plain'),
    cell(grouped(done)),
  ]
}

/** What a cell holds of a text; columns cut it further. */
const LONGEST_NAME = 200

/** A row of its section, cell by cell, in the order of the columns. */
export function cellsOf(item: Item, overview: Overview, look: Look): Cell[] {
  const name = (text: string) => harmless(text, look, LONGEST_NAME)
  switch (item.section) {
    case 'queues': {
      const { queue, paused, in_progress, oldest_pending_seconds, error, done } = item.queue
      const { due, delayed } = waitingOf(overview, queue)
      return [
        cell(name(queue)),
        cell(paused ? 'paused' : '', 'yellow'),
        cell(due),
        cell(delayed),
        cell(grouped(in_progress)),
        cell(oldest_pending_seconds === null ? '-' : duration(oldest_pending_seconds * 1000)),
        cell(grouped(error), error > 0 ? 'red' : 'plain'),
        cell(grouped(done)),
      ]
    }
    case 'processes':
      return processCells(item.process, name)
    case 'running': {
      const { id, kind, process, worker, for_seconds } = item.running
      return [
        cell(`#${id}`),
        cell(name(kind)),
        cell(seconds(for_seconds)),
        cell(name(process)),
        cell(`${worker}`),
      ]
    }
    case 'failed': {
      const { id, kind, error, ago_seconds } = item.failure
      return [cell(`#${id}`), cell(name(kind)), cell(seconds(ago_seconds)), cell(name(error), 'red')]
    }
  }
}

function processCells(process: ProcessStats, name: (text: string) => string): Cell[] {
  const { state, last_beat_seconds, running, workers, settled_last_minute, doing } = process
  const silent = isSilent(process)
  const isLost = state === 'lost' || isLeaseOver(process)
  const style: Style = isLost ? 'red' : silent ? 'yellow' : state === 'running' ? 'plain' : 'dim'
  const [longest] = doing
  return [
    cell(name(process.name), style),
    cell(silent ? 'silent' : state, style),
    cell(seconds(last_beat_seconds), style),
    cell(isAlive(process) ? `${running}/${workers}` : '-'),
    cell(grouped(settled_last_minute)),
    cell(longest ? `#${longest.id} ${name(longest.kind)} ${seconds(longest.for_seconds)}` : '-'),
  ]
}

function cell(text: string, style: Style = 'plain'): Cell {
  return { text, style }
}

function column(title: string, align: 'left' | 'right', rank: number, least?: number): Column {
  return least === undefined ? { title, align, rank } : { title, align, rank, least }
}
