// A plot of a benchmark as SVG: throughput and latency over time, run after run. The same document gives the same picture.
import type { BenchDocument, Moment } from '../document.ts'
import { namesBelow } from './plot-names.ts'
import { round, svg, text, WIDTH } from './svg.ts'

const LEFT = 64
const RIGHT = 16
const PANEL_HEIGHT = 150
const TOP = 64
const PANEL_GAP = 34
const LATENCY_TOP = TOP + PANEL_HEIGHT + PANEL_GAP
const BOTTOM = LATENCY_TOP + PANEL_HEIGHT
/** Below the names: how long it took. */
const FOOT = 26

interface Segment {
  readonly name: string
  /** Where it begins on the axis of all runs, in seconds. */
  readonly fromSeconds: number
  readonly moments: readonly Moment[]
}

/** The picture as a text. Runs without a timeline are left out. */
export function plot(document: BenchDocument): string {
  const { segments, seconds } = inARow(document.runs)
  const x = (at: number) => LEFT + (at / Math.max(seconds, 0.001)) * (WIDTH - LEFT - RIGHT)
  const moments = segments.flatMap((segment) => segment.moments)
  const rates = linear(Math.max(1, ...moments.map(({ tasks_per_second }) => tasks_per_second)))
  const times = logarithmic(
    moments.flatMap(({ p50_ms, p99_ms }) => [p50_ms, p99_ms]).filter((ms) => ms !== null),
  )
  const names = namesBelow(
    segments.map(({ name, fromSeconds }) => ({ name, x: x(fromSeconds) })),
    { left: LEFT, right: WIDTH - RIGHT, top: TOP, bottom: BOTTOM },
  )
  const lines = segments.flatMap((segment) => [
    line('rate', segment, x, ({ tasks_per_second }) => TOP + rates.y(tasks_per_second)),
    line('p50', segment, x, ({ p50_ms }) => (p50_ms === null ? null : LATENCY_TOP + times.y(p50_ms))),
    line('p99', segment, x, ({ p99_ms }) => (p99_ms === null ? null : LATENCY_TOP + times.y(p99_ms))),
  ])
  return svg(document, BOTTOM + names.height + FOOT, [
    text('', LEFT, TOP - 6, 'tasks per second'),
    text('', LEFT, LATENCY_TOP - 6, 'latency in ms, logarithmic:'),
    text('l50', LEFT + 176, LATENCY_TOP - 6, 'p50'),
    text('l99', LEFT + 206, LATENCY_TOP - 6, 'p99'),
    ...axis(TOP, rates),
    ...axis(LATENCY_TOP, times),
    ...names.parts,
    text('tick', WIDTH - RIGHT, BOTTOM + names.height + FOOT - 8, `${round(seconds)} s`, 'end'),
    ...lines,
  ])
}

/** Runs one behind the other, with a gap between. */
function inARow(runs: BenchDocument['runs']): { segments: Segment[]; seconds: number } {
  const drawn = runs.filter(({ timeline }) => timeline.length > 0)
  const total = drawn.reduce((sum, run) => sum + run.seconds, 0)
  const segments: Segment[] = []
  let at = 0
  for (const { name, timeline, seconds } of drawn) {
    segments.push({ name, fromSeconds: at, moments: timeline })
    at += seconds + total / 50
  }
  return { segments, seconds: at }
}

interface Scale {
  /** From the top of the panel. */
  y(value: number): number
  readonly ticks: readonly number[]
}

function linear(largest: number): Scale {
  const power = 10 ** Math.floor(Math.log10(largest))
  const top = Math.ceil(largest / power) * power
  return { y: (value) => PANEL_HEIGHT * (1 - value / top), ticks: [0, top / 2, top] }
}

function logarithmic(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0)
  const low = Math.floor(Math.log10(Math.min(1, ...positive)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(1, ...positive))))
  const y = (value: number) =>
    PANEL_HEIGHT * (1 - Math.max(0, Math.log10(Math.max(value, 10 ** low)) - low) / (high - low))
  return { y, ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)) }
}

function axis(top: number, { y, ticks }: Scale): string[] {
  return ticks.flatMap((tick) => {
    const at = round(top + y(tick))
    return [
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>`,
      text('tick', LEFT - 6, at + 3, tick.toLocaleString('en-US'), 'end'),
    ]
  })
}

/** A line through the middles of the intervals; it stops where there is nothing to show. One alone is as wide as it was long. */
function line(
  name: string,
  { fromSeconds, moments }: Segment,
  x: (at: number) => number,
  y: (moment: Moment) => number | null,
): string {
  const at = moments.map((moment) => y(moment))
  const steps = moments.map((moment, index) => {
    const here = at[index] ?? null
    if (here === null) return ''
    const before = moments[index - 1]?.at_seconds ?? 0
    const place = (seconds: number) => round(x(fromSeconds + seconds))
    const [hasLeft, hasRight] = [index - 1, index + 1].map((beside) => (at[beside] ?? null) !== null)
    if (!hasLeft && !hasRight) return `M${place(before)} ${round(here)}H${place(moment.at_seconds)}`
    return `${hasLeft ? 'L' : 'M'}${place((before + moment.at_seconds) / 2)} ${round(here)}`
  })
  return `<path class="line ${name}" d="${steps.join('')}"/>`
}
