// The table of a benchmark: what a narrow screen leaves out it names, and a remark stands below what is well.
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import type { BenchDocument } from '../../../src/cli/bench/document.ts'
import { report } from '../../../src/cli/bench/report.ts'

const RUN: BenchDocument['runs'][number] = {
  ...{ name: 'steady, 9,000/s', engine: null, tasks: 10, seconds: 1, tasks_per_second: 10, startup_ms: 1 },
  latency_ms: {},
  per_task: { wal_bytes: 1234, commits: 1, statements: 1, buffers: 1 },
  ...{ dead_rows: 0, cpu_seconds: { clients: 1, server: null }, client_peak_rss_bytes: 1e8 },
  ...{ lost: 0, duplicated: 0, refused: 0, timeline: [], remarks: ['the rate was not kept'] },
}

const DOCUMENT: BenchDocument = {
  ...{ benchmark: 'steady', started_at: '2026-01-01T00:00:00.000Z', settings: {} },
  environment: {
    ...{ taskproc: '1.0.0', node: 'v22.0.0', postgres: '18.0', postgres_settings: {}, platform: 'linux x64' },
    ...{ cpu: 'a cpu', cores: 2, memory_bytes: 1, place: 'scratch' },
  },
  ...{ runs: [RUN], faults: [], ok: true },
}

/** As a screen of so many columns shows it; undefined: a pipe. */
async function shown(columns?: number): Promise<string> {
  const screen = columns === undefined ? {} : { isTTY: true, columns }
  const stdout = Object.assign(new PassThrough(), screen)
  const terminal = {
    ...{ program: 'taskproc', env: { NO_COLOR: '1' }, cwd: '/', stdout },
    ...{ stdin: new PassThrough(), stderr: new PassThrough() },
  }
  await report(terminal, DOCUMENT, { isJson: false, plotFile: undefined })
  return String(stdout.read())
}

it.each([80, 60, 40])(
  'names the columns that have no room on %i columns, in lines that fit',
  async (columns) => {
    const text = await shown(columns)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
    const [header = ''] = text.split('\n')
    const [, names = ''] = /left out, for want of room: ([^;]+);/.exec(text.replace(/\s+/g, ' ')) ?? []
    const all = (await shown()).split('\n')[0]?.trim().split(/ {2,}/) ?? []
    expect([...header.trim().split(/ {2,}/), ...names.split(', ')].toSorted()).toEqual(all.toSorted())
  },
)

it('leaves nothing out, and says nothing of it, where there is room', async () => {
  expect(await shown(200)).not.toContain('left out')
  expect(await shown()).not.toContain('left out')
})

it('tells what its reader must know', async () => {
  expect(await shown()).toContain('\nnote    steady, 9,000/s: the rate was not kept\n')
})
