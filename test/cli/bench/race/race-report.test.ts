// The verdict of a race that went wrong, which no store of ours can be made to give.
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import type { Claimer, Grab } from '../../../../src/cli/bench/race/claimer.ts'
import { plotRace } from '../../../../src/cli/bench/race/race-plot.ts'
import { document, faults, printRace, type Race } from '../../../../src/cli/bench/race/race-report.ts'
import { playRound } from '../../../../src/cli/bench/race/round.ts'

/** A store without a fence: whoever asks at once gets the same. */
function careless(number: number, tasks: Grab[]): Claimer {
  return {
    name: `careless ${number}`,
    processId: number,
    grab: async () => {
      const [first = null] = tasks
      await Promise.resolve()
      tasks.shift()
      return first
    },
    complete: async () => {},
    leave: async () => {},
  }
}

const SETTING: Pick<Race, 'started_at' | 'settings' | 'environment'> = {
  started_at: '2026-01-01T00:00:00.000Z',
  settings: {},
  environment: {
    ...{ taskproc: '1.0.0', node: 'v22.0.0', postgres: '18.0', postgres_settings: {}, platform: 'linux x64' },
    ...{ cpu: 'a cpu', cores: 2, memory_bytes: 1, place: 'in_place' },
  },
}

async function race(tasks: Grab[], claimers: number, wanted = tasks.length): Promise<Race> {
  const store = [...tasks]
  const all = Array.from({ length: claimers }, (_, index) => careless(index + 1, store))
  const round = await playRound(all, wanted, new AbortController().signal)
  return { ...SETTING, through: 'SQL', claimers, rounds: [round], done: tasks.length, checks: [] }
}

const TASKS = [7, 8, 9, 10].map((id) => ({ id, claimNumber: 1 }))

it('sees that a task was given twice, and to whom', async () => {
  const wrong = await race(TASKS, 2, 2)
  expect(faults(wrong)).toContain('task 7 was given 2 times: to the claimers 1, 2')
  expect(document(wrong)).toMatchObject({
    ok: false,
    rounds: [
      {
        got_one_at_once: 2,
        different_at_once: 1,
        given_twice: expect.arrayContaining([{ id: 7, claimers: [1, 2] }]),
      },
    ],
  })
  const stdout = new PassThrough()
  printRace({ env: {}, cwd: '/', stdin: new PassThrough(), stdout, stderr: new PassThrough() }, wrong)
  expect(stdout.read().toString()).toMatch(/2 got 1 different tasks[\s\S]*FAILED {2}task 7 was given 2 times/)
})

it('fits a screen of 80 columns, and a narrower one', async () => {
  const tasks = Array.from({ length: 30 }, (_, id) => ({ id, claimNumber: 1 }))
  const one = await race(tasks, 15)
  const slow = one.rounds.map((round) => ({ ...round, askedWithinMs: 123.45, answeredWithinMs: 1234.56 }))
  for (const columns of [80, 40]) {
    const stdout = Object.assign(new PassThrough(), { isTTY: true, columns })
    const terminal = { env: {}, cwd: '/', stdin: new PassThrough(), stdout, stderr: new PassThrough() }
    printRace(terminal, { ...one, rounds: slow })
    const lines = stdout.read().toString().split('\n') as string[]
    const first = lines.slice(0, lines.indexOf(''))
    expect(first.length).toBe(columns === 80 ? 1 : 3)
    for (const line of first) expect(line.length).toBeLessThanOrEqual(columns)
  }
})

it('is content with one claimer', async () => {
  expect(faults(await race(TASKS, 1))).toEqual([])
})

it('sees what was given to nobody, what is not done, and what verify found', () => {
  const given = [{ id: 7, claimer: 1, isFirst: true, askedMs: 0, tookMs: 1 }]
  const round = { tasks: 2, given, askedWithinMs: 0, answeredWithinMs: 1 }
  const race = {
    ...SETTING,
    through: 'SQL',
    claimers: 1,
    done: 1,
    checks: [{ name: 'unknown status', count: 3, query: '' }],
  }
  expect(faults({ ...race, rounds: [round] })).toEqual([
    '1 task of 2 were given to nobody; is every queue paused?',
    'verify: unknown status: 3',
  ])
  expect(faults({ ...race, checks: [], done: 0, rounds: [{ ...round, tasks: 1 }] })).toEqual([
    '1 task of 1 are not done',
  ])
})

it('ends a round for all as soon as one of them fails', async () => {
  const failing: Claimer = { ...careless(1, []), grab: () => Promise.reject(new Error('no answer')) }
  const waiting = careless(2, [])
  await expect(playRound([waiting, failing], 5, new AbortController().signal)).rejects.toThrow('no answer')
})

it('draws a row for each claimer, with all that it was given, the same for the same race', async () => {
  const one = await race(TASKS, 2)
  const svg = plotRace(one)
  expect(plotRace(structuredClone(one))).toBe(svg)
  expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  expect(svg.match(/class="first"/g)).toHaveLength(2)
  expect(svg).toContain('>got ')
  expect(plotRace({ ...one, rounds: [] })).not.toMatch(/NaN|Infinity|class="first"/)
})
