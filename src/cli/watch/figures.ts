// The figures in the head of the overview: throughput and failures with their last quarter of an hour as bars, and times.
import type { Percentiles, Stats } from '../../db/stats/stats.ts'
import { duration, grouped, rate } from '../../telemetry/words.ts'
import { widthOf } from '../text-width.ts'
import { LABEL_COLUMNS, labelled } from './label.ts'
import { type Line, span } from './line.ts'
import { sparkline } from './sparkline.ts'
import type { WatchState } from './state.ts'
import { cut, padded } from './text.ts'

const MINUTE_S = 60

/** Tasks settled in a second: now, in the last minute, and as bars. */
export function settledLine(state: WatchState, { throughput }: Stats): Line {
  const { per_second, window_seconds, history } = throughput
  const now = history.at(-1) ?? 0
  const long = `${rate(now)} now, ${rate(per_second)} in the last ${window_seconds === MINUTE_S ? 'minute' : `${window_seconds} s`}`
  return withBars(state, 'settled', long, rate(now), throughput, history, 'green')
}

/** Attempts that failed: in the last minute, and as bars. */
export function failedLine(state: WatchState, { throughput, failures_per_minute }: Stats): Line {
  const text = `${grouped(Math.round(failures_per_minute))} in the last minute`
  return withBars(state, 'failed', text, text, throughput, throughput.failed_history, 'red')
}

/** Both of them have their bars in the same place, for the eye. */
const BARS_AT = 52
const BARS_AT_LEAST = 10
const RAN = '   ran  '

function withBars(
  { size: { columns }, look, overview }: WatchState,
  label: string,
  long: string,
  short: string,
  { step_seconds }: Stats['throughput'],
  history: readonly number[],
  style: 'green' | 'red',
): Line {
  const minutes = `  ${Math.round((history.length * step_seconds) / MINUTE_S)} min`
  const isWide = columns >= BARS_AT + BARS_AT_LEAST + minutes.length
  const text = isWide ? padded(long, BARS_AT - LABEL_COLUMNS) : `${short}  `
  const room = columns - LABEL_COLUMNS - widthOf(text) - minutes.length
  if (room < BARS_AT_LEAST) return labelled(label, [span(cut(text, columns - LABEL_COLUMNS))])
  const lastStep = Math.floor((overview?.atMs ?? 0) / (step_seconds * 1000))
  return labelled(label, [
    span(text),
    span(sparkline(history, room, look, lastStep), style),
    span(minutes, 'dim'),
  ])
}

/** With the names of the percentiles where they fit, else only with the numbers, and without the runs where not even they do. */
export function timesLine({ size: { columns } }: WatchState, { wait_ms, run_ms }: Stats): Line {
  const room = columns - LABEL_COLUMNS - RAN.length
  const texts = [true, false].map((isNamed) => [wait_ms, run_ms].map((of) => percentiles(of, isNamed)))
  const fitting = texts.find((both) => widthOf(both.join('')) <= room)
  if (fitting === undefined)
    return labelled('waited', [span(cut(percentiles(wait_ms, false), columns - LABEL_COLUMNS))])
  const [waited = '', ran = ''] = fitting
  const first = Math.max(widthOf(waited), Math.min(room - widthOf(ran), BARS_AT - LABEL_COLUMNS - RAN.length))
  return labelled('waited', [span(padded(waited, first)), span(RAN, 'dim'), span(ran)])
}

function percentiles(of: Percentiles | null, isNamed: boolean): string {
  if (of === null) return '-'
  const { p50, p95, p99 } = of
  return isNamed
    ? `p50 ${duration(p50)}, p95 ${duration(p95)}, p99 ${duration(p99)}`
    : [p50, p95, p99].map(duration).join(' / ')
}
