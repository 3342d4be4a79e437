// The screen as a function of the state: whole frames, and what holds for every one of them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { widthOf } from '../../../src/cli/text-width.ts'
import { textOf } from '../../../src/cli/watch/line.ts'
import { frame, render } from '../../../src/cli/watch/render.ts'
import type { WatchState } from '../../../src/cli/watch/state.ts'
import { ASCII, NOW_MS, overview, PLAIN, process, queue, state, stats, taskPage } from './fixtures.ts'

const ESC = '\u001b'
/** To a column: what paint puts behind what a terminal may take for wider. */
const JUMP = new RegExp(`${ESC}\\[\\d+G`, 'g')

const SIZES = [
  [80, 24],
  [40, 10],
  [200, 60],
] as const

function text(of: WatchState): string {
  return `${render(of)
    .map((line) => line.replace(JUMP, '').trimEnd())
    .join('\n')}\n`
}

describe.each(SIZES)('at %i x %i', (columns, rows) => {
  const size = { columns, rows }
  const pages: Record<string, WatchState> = {
    overview: state({ size }),
    chosen: state({ size, chosen: { key: 'failed 999', place: 8 } }),
    away: state({ size, trouble: { sinceMs: 995_000, isAway: true, reason: 'connect ECONNREFUSED' } }),
    'a task': taskPage({ size }),
    help: state({ size, page: { name: 'help' } }),
    ascii: state({ size, look: ASCII }),
  }
  it.each(Object.keys(pages))('draws the page: %s', async (name) => {
    const page = pages[name]
    if (page === undefined) throw new Error(name)
    await expect(text(page)).toMatchFileSnapshot(`frames/${name.replace(' ', '-')}-${columns}x${rows}.txt`)
  })
})

const anyText = fc.string({ unit: 'binary', maxLength: 60 })
const anyState = fc
  .record({
    columns: fc.integer({ min: 1, max: 220 }),
    rows: fc.integer({ min: 1, max: 70 }),
    texts: fc.array(anyText, { minLength: 8, maxLength: 8 }),
    look: fc.constantFrom(PLAIN, ASCII),
    place: fc.integer({ min: 0, max: 12 }),
    many: fc.integer({ min: 0, max: 80 }),
    shown: fc.constantFrom('overview', 'task', 'help', 'question', 'message'),
  })
  .map(({ columns, rows, texts, look, place, many, shown }) => {
    const [a = '', b = '', c = '', d = '', e = ''] = texts
    const value = overview({
      stats: stats({
        queues: [
          queue({ queue: a, paused: true, pending: 3 }),
          ...Array.from({ length: many }, () => queue({ queue: b })),
        ],
        processes: [process({ name: c, doing: [{ id: 7, kind: d, worker: 1, for_seconds: 1e9 }] })],
      }),
      failures: [{ id: '9223372036854775807', kind: a, queue: b, error: e, ago_seconds: 1 }],
    })
    const common = {
      look,
      size: { columns, rows },
      chosen: { key: '', place },
      ...(shown === 'question'
        ? { question: { text: `pause ${a}?`, act: { type: 'pause', queue: a } as const } }
        : {}),
      ...(shown === 'message' ? { message: e } : {}),
      ...(shown === 'help' ? { page: { name: 'help' } as const } : {}),
    }
    if (shown === 'task') return taskPage(common)
    return state({ ...common, overview: { value, atMs: 0, clock: '09:00:00 UTC' } })
  })

it('fits every screen, whatever the names, and lets nothing raw through', () => {
  fc.assert(
    fc.property(anyState, (any) => {
      const lines = frame(any)
      expect(lines).toHaveLength(any.size.rows)
      for (const line of render(any)) {
        // What is left without the jumps over columns is what is seen.
        const seen = line.replace(JUMP, '')
        expect(seen).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
        expect(widthOf(seen)).toBeLessThanOrEqual(any.size.columns)
        if (any.look === ASCII) expect(line).toMatch(/^[\x20-\x7e]*$/)
      }
    }),
    { numRuns: 300 },
  )
})

it('tells of a silent process in the same words and with the same age, wherever it is shown', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), (tenths) => {
      const last_beat_seconds = tenths / 10
      const value = overview({
        stats: stats({ queues: [], processes: [process({ last_beat_seconds })] }),
        failures: [],
      })
      const shown = text(state({ overview: { value, atMs: NOW_MS, clock: '' } }))
      const [, age] = /process web-1 is silent for (.*):/.exec(shown) ?? []
      const [, status, beat] = /web-1 {2,}(\w+) +(\d.*?) {2}/.exec(shown) ?? []
      expect(status).toBe(age === undefined ? 'running' : 'silent')
      if (age !== undefined) expect(beat).toBe(age)
    }),
  )
})

describe('of more failures than are read', () => {
  const failures = Array.from({ length: 50 }, (_, at) => ({
    ...{ id: 900 - at, kind: 'mails', queue: 'default', error: 'no such mailbox', ago_seconds: at },
  }))
  const header = (error: number, columns = 80) => {
    const value = overview({ failures, stats: stats({ tasks: { ...stats().tasks, error } }) })
    const size = { columns, rows: 24 }
    const shown = frame(state({ size, overview: { value, atMs: NOW_MS, clock: '' } })).map(textOf)
    return shown.find((line) => line.includes('FAILED'))?.trim()
  }

  it('says that it shows the newest, and of how many', () => {
    expect(header(1_150)).toMatch(/^FAILED 1-\d\/50 {2}kind +ago {2}error of the newest 50 of 1,150$/)
    expect(header(50)).toMatch(/^FAILED 1-\d\/50 {2}kind +ago {2}error$/)
    expect(header(1_150, 40)).toMatch(/^FAILED 1-\d\/50 {2}kind +ago {2}error$/)
  })
})

it('keeps columns aligned behind wide and joined characters', () => {
  const names = ['plain', '日本語', '👩\u200d💻 dev', 'e\u0301a', 'a\u202eb']
  const queues = names.map((name) => queue({ queue: name, in_progress: 7 }))
  const size = { columns: 80, rows: 60 }
  const lines = frame(
    state({ size, overview: { value: overview({ stats: stats({ queues }) }), atMs: 0, clock: '' } }),
  ).map(textOf)
  const header = lines.find((line) => line.includes('QUEUES')) ?? ''
  const at = lines.indexOf(header)
  const ends = lines
    .slice(at + 1, at + 1 + names.length)
    .map((line) => widthOf(line.slice(0, line.lastIndexOf('7') + 1)))
  expect(new Set(ends).size).toBe(1)
})

it('sets the cursor anew behind what a terminal may take for wider', () => {
  const settled = render(state()).find((line) => line.startsWith('settled')) ?? ''
  expect(settled.split(ESC)).toEqual([
    expect.stringMatching(/[▁-█]$/),
    expect.stringMatching(/^\[\d+G {2}15 min$/),
  ])
})

it('uses colours where there are some', () => {
  const colours = render(state({ look: { ...PLAIN, hasColour: true } })).join('\n')
  expect(colours).toContain(`${ESC}[31m`)
  expect(render(state()).join('\n').replace(JUMP, '')).not.toContain(ESC)
})
