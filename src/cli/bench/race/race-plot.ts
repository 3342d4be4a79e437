// The plot of a race as SVG: a row for each claimer, a stroke for each task that it was given, from its question to the answer.

import { round, svg, text, WIDTH } from '../plot/svg.ts'
import type { Race } from './race-report.ts'
import type { Round } from './round.ts'

const LEFT = 64
const RIGHT = 70
const TOP = 84
/** So high is the field of the rows where they have room for it; fewer are no higher than this, more no lower. */
const FIELD_HEIGHT = 400
const ROW_HEIGHT = { least: 3, most: 18 }
const LABEL_HEIGHT = 12

/** The rounds one behind the other. The same race gives the same picture. */
export function plotRace(race: Race): string {
  const { claimers, rounds } = race
  const rowHeight = Math.min(ROW_HEIGHT.most, Math.max(ROW_HEIGHT.least, FIELD_HEIGHT / claimers))
  const bottom = TOP + claimers * rowHeight
  const totalMs = rounds.reduce((sum, each) => sum + lengthMs(each), 0)
  const begins = beginnings(rounds, totalMs / 50)
  const endMs = Math.max(1, (begins.at(-1) ?? 0) + lengthMs(rounds.at(-1)))
  const x = (ms: number) => LEFT + (ms / endMs) * (WIDTH - LEFT - RIGHT)
  const numbers = Array.from({ length: claimers }, (_, index) => index + 1)
  const labelled = Math.ceil(LABEL_HEIGHT / rowHeight)
  return svg({ ...race, benchmark: 'race' }, bottom + 34, [
    text('name', LEFT, 50, `${claimers} claimers, ${race.through}; the first question of all stands out`),
    ...rounds.map((_, index) => heading(x(begins[index] ?? 0), bottom, index + 1, rounds.length)),
    ...numbers.flatMap((number) => {
      const y = TOP + (number - 0.5) * rowHeight
      const got = rounds.reduce((sum, { given }) => sum + given.filter(isOf(number)).length, 0)
      const isLabelled = (number - 1) % labelled === 0
      return [
        ...(isLabelled ? [text('tick', LEFT - 8, y + 3, String(number), 'end')] : []),
        ...(isLabelled ? [text('tick', WIDTH - RIGHT + 8, y + 3, `got ${got}`)] : []),
        ...strokes(race, {
          number,
          y,
          width: rowHeight * 0.6,
          at: (index, ms) => x((begins[index] ?? 0) + ms),
        }),
      ]
    }),
    text('tick', WIDTH - RIGHT, bottom + 20, `${round(endMs)} ms`, 'end'),
  ])
}

/** Where each round begins, in ms, with a gap between two. */
function beginnings(rounds: readonly Round[], gapMs: number): number[] {
  let at = 0
  return rounds.map((each) => {
    const begin = at
    at += lengthMs(each) + gapMs
    return begin
  })
}

function lengthMs(one: Round | undefined): number {
  return one?.given.reduce((longest, { askedMs, tookMs }) => Math.max(longest, askedMs + tookMs), 0) ?? 0
}

/** The number of a round where there is room for it, and its line. */
function heading(x: number, bottom: number, number: number, of: number): string {
  const step = Math.ceil(of / 20)
  const name =
    (number - 1) % step === 0 ? text('name', x, TOP - 8, of > 8 ? `${number}` : `round ${number}`) : ''
  return `<line class="grid" x1="${round(x)}" x2="${round(x)}" y1="${TOP - 4}" y2="${bottom + 4}"/>${name}`
}

function isOf(number: number): (given: { readonly claimer: number }) => boolean {
  return ({ claimer }) => claimer === number
}

interface Row {
  readonly number: number
  readonly y: number
  /** Of a stroke. */
  readonly width: number
  /** The x of a time in ms of the round of that index. */
  readonly at: (round: number, ms: number) => number
}

/** All of one claimer as two paths. Those that fall on the same pixels are drawn once: a picture has an end, a race may not. */
function strokes({ rounds }: Race, { number, y, width, at }: Row): string[] {
  return [true, false].flatMap((isFirst) => {
    const drawn = new Set<string>()
    for (const [index, { given }] of rounds.entries())
      for (const { askedMs, tookMs } of given.filter(
        (each) => isOf(number)(each) && each.isFirst === isFirst,
      )) {
        const from = at(index, askedMs)
        const to = Math.max(from + 1, at(index, askedMs + tookMs))
        drawn.add(`M${Math.round(from * 2) / 2} ${round(y)}H${Math.round(to * 2) / 2}`)
      }
    const path = `<path class="${isFirst ? 'first' : 'claim'}" stroke-width="${round(width)}" d="${[...drawn].join('')}"/>`
    return drawn.size === 0 ? [] : [path]
  })
}
