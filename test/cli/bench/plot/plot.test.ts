// The plot of a benchmark: the same picture for the same document, one that a reader of SVG can draw.
import sharp from 'sharp'
import { expect, it } from 'vitest'
import type { BenchDocument } from '../../../../src/cli/bench/document.ts'
import { plot } from '../../../../src/cli/bench/plot/plot.ts'

function run(name: string, rates: readonly number[]): BenchDocument['runs'][number] {
  return {
    ...{
      name,
      engine: null,
      remarks: [],
      tasks: 10,
      seconds: rates.length,
      tasks_per_second: 10,
      startup_ms: 1,
      latency_ms: {},
    },
    per_task: { wal_bytes: 1, commits: 1, statements: 1, buffers: 1 },
    ...{ dead_rows: 0, cpu_seconds: { clients: 1, server: null }, client_peak_rss_bytes: 1 },
    ...{ lost: 0, duplicated: 0, refused: 0 },
    timeline: rates.map((rate, index) => ({
      ...{ at_seconds: index + 1, tasks_per_second: rate, backlog: 0 },
      ...{ p50_ms: rate === 0 ? null : 2, p99_ms: rate === 0 ? null : 30 },
    })),
  }
}

const DOCUMENT: BenchDocument = {
  benchmark: 'hold',
  started_at: '2026-01-01T00:00:00.000Z',
  settings: {},
  environment: {
    ...{ taskproc: '1.0.0', node: 'v22.0.0', postgres: '18.0', postgres_settings: {}, platform: 'linux x64' },
    ...{ cpu: 'a cpu', cores: 2, memory_bytes: 1, place: 'scratch' },
  },
  runs: [run('clean <&>', [100, 200, 0, 300]), run('held', [50, 60])],
  faults: [],
  ok: true,
}

it('is the same picture for the same document, and can be drawn', async () => {
  const svg = plot(DOCUMENT)
  expect(plot(structuredClone(DOCUMENT))).toBe(svg)
  expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  const { width, height } = await sharp(Buffer.from(svg)).metadata()
  expect([width, height]).toEqual([860, expect.any(Number)])
})

it('has a line for each run, which stops where nothing was finished', () => {
  const paths = [...plot(DOCUMENT).matchAll(/class="line (\w+)" d="([^"]*)"/g)].map(([, name, d = '']) => ({
    name,
    strokes: d.split('M').length - 1,
    points: d.split(/[ML]/).length - 1,
  }))
  expect(paths).toEqual([
    ...[
      { name: 'rate', strokes: 1, points: 4 },
      { name: 'p50', strokes: 2, points: 3 },
    ],
    { name: 'p99', strokes: 2, points: 3 },
    ...[
      { name: 'rate', strokes: 1, points: 2 },
      { name: 'p50', strokes: 1, points: 2 },
    ],
    { name: 'p99', strokes: 1, points: 2 },
  ])
})

it('is empty, and no fault, where there is nothing over time', () => {
  expect(plot({ ...DOCUMENT, runs: [run('enqueue', [])] })).not.toMatch(/NaN|Infinity|class="line/)
})

it('shows a run that was over at once as a stroke as wide as it took', () => {
  const [rate = ''] =
    plot({ ...DOCUMENT, runs: [run('batches', [7])] }).match(/class="line rate" d="[^"]*"/) ?? []
  expect(rate).toMatch(/d="M[\d.]+ [\d.]+H[\d.]+"$/)
})

/** Each text below the panels, from its first letter to its last, as wide as a wide font may be. */
function namesOf(svg: string): { content: string; from: number; to: number; y: number }[] {
  return [...svg.matchAll(/<text class="name" x="([\d.]+)" y="([\d.]+)" text-anchor="start">([^<]*)</g)]
    .map(([, x, y, content = '']) => ({
      content,
      from: Number(x),
      to: Number(x) + content.length * 6,
      y: Number(y),
    }))
    .filter(({ y }) => y > 100)
}

it.each([
  { what: 'few runs', of: 3, lines: 1 },
  { what: 'runs of different lengths', of: 12, lines: 3 },
  { what: 'many runs', of: 40, lines: undefined },
])('has readable names for $what', async ({ of, lines }) => {
  const runs = Array.from({ length: of }, (_, index) =>
    run(`${index},000 finished${index % 2 ? ', idle' : ''}`, index % 2 || of < 12 ? [1, 2, 3, 4] : [1]),
  )
  const svg = plot({ ...DOCUMENT, runs })
  const names = namesOf(svg)
  for (const { name } of runs) expect(names.filter(({ content }) => content.includes(name))).not.toEqual([])
  for (const one of names) {
    expect(one.to).toBeLessThanOrEqual(860)
    const covered = names.filter(({ y, from, to }) => y === one.y && from < one.to && one.from < to)
    expect(covered).toEqual([one])
  }
  if (lines !== undefined) expect(new Set(names.map(({ y }) => y)).size).toBe(lines)
  const { height = 0 } = await sharp(Buffer.from(svg)).metadata()
  expect(Math.max(...names.map(({ y }) => y))).toBeLessThan(height)
})
