// What a race tells: who got what, how long it took, and whether anything was given twice.
import type { Check } from '../../../db/verify.ts'
import type { TaskId } from '../../../task/task.ts'
import { count } from '../../../telemetry/words.ts'
import { type Column, printColumns } from '../../columns.ts'
import { print } from '../../output.ts'
import { isScreen, type Terminal } from '../../terminal.ts'
import { wrap } from '../../wrap.ts'
import type { BenchDocument } from '../document.ts'
import { givenTwice, type Round } from './round.ts'

export interface Race extends Pick<BenchDocument, 'started_at' | 'settings' | 'environment'> {
  /** `SQL`, or the URL of the API. */
  readonly through: string
  readonly claimers: number
  readonly rounds: readonly Round[]
  /** How many of all tasks ended as done. */
  readonly done: number
  readonly checks: readonly Check[]
}

/** What went wrong, a sentence each; nothing where all is as it must be. */
export function faults({ rounds, done, checks }: Race): string[] {
  const twice = rounds.flatMap(givenTwice)
  const tasks = sum(rounds.map((round) => round.tasks))
  const missing = tasks - sum(rounds.map((round) => new Set(round.given.map(({ id }) => id)).size))
  const wrong = checks.filter((check) => check.count > 0)
  return [
    ...twice.map(
      ({ id, claimers }) =>
        `task ${id} was given ${claimers.length} times: to the claimers ${claimers.join(', ')}`,
    ),
    ...(missing > 0
      ? [`${count(missing, 'task')} of ${tasks} were given to nobody; is every queue paused?`]
      : []),
    ...(missing <= 0 && done < tasks ? [`${count(tasks - done, 'task')} of ${tasks} are not done`] : []),
    ...wrong.map((check) => `verify: ${check.name}: ${check.count}`),
  ]
}

/** As `--json` prints it. */
export function document(race: Race): object {
  const problems = faults(race)
  return {
    benchmark: 'race',
    started_at: race.started_at,
    settings: race.settings,
    environment: race.environment,
    through: race.through,
    rounds: race.rounds.map((round) => ({
      tasks: round.tasks,
      asked_at_once: race.claimers,
      asked_within_ms: tenths(round.askedWithinMs),
      answered_within_ms: tenths(round.answeredWithinMs),
      got_one_at_once: firstGrabs(round).length,
      different_at_once: new Set(firstGrabs(round)).size,
      given_twice: givenTwice(round),
    })),
    claimers: numbersOf(race).map((number) => {
      const { ids, firstMs, slowestMs } = takingsOf(race, number)
      return {
        claimer: number,
        tasks: ids.length,
        first_ms: tenths(firstMs),
        slowest_ms: tenths(slowestMs),
        ids,
      }
    }),
    done: race.done,
    violations: sum(race.checks.map((check) => check.count)),
    faults: problems,
    ok: problems.length === 0,
  }
}

export function printRace(terminal: Terminal, race: Race): void {
  const columns = isScreen(terminal.stdout) ? terminal.stdout.columns || DEFAULT_COLUMNS : Infinity
  for (const [index, round] of race.rounds.entries())
    print(terminal, wrap(roundText(round, race), columns, `round ${index + 1}: `).join('\n'))
  print(terminal, '')
  printClaimers(terminal, race)
  print(terminal, '')
  const problems = faults(race)
  if (problems.length > 0) print(terminal, problems.map((problem) => `FAILED  ${problem}`).join('\n'))
  else {
    const tasks = sum(race.rounds.map((round) => round.tasks))
    print(terminal, `ok      ${count(tasks, 'task')}, each given once and done`)
    print(terminal, `ok      verify: all ${race.checks.length} counts are 0`)
  }
}

function roundText(round: Round, { claimers }: Race): string {
  const first = firstGrabs(round)
  const different = new Set(first).size
  const rest = claimers - first.length
  const none = rest > 0 ? `, ${rest} none` : ''
  return `${claimers} asked in ${ms(round.askedWithinMs)}, ${first.length} got ${different} different tasks${none}; answered in ${ms(round.answeredWithinMs)}`
}

function firstGrabs({ given }: Round): TaskId[] {
  return given.filter(({ isFirst }) => isFirst).map(({ id }) => id)
}

/** Of a terminal that does not know its size. */
const DEFAULT_COLUMNS = 80

const BAR_COLUMNS = 24
const COLUMNS: readonly Column[] = [
  { title: 'claimer', align: 'right' },
  { title: 'first', align: 'right', rank: 2 },
  { title: 'slowest', align: 'right', rank: 3 },
  { title: 'tasks', align: 'right' },
  { title: '', least: 8 },
  { title: 'got', least: 12, rank: 4 },
]

function printClaimers(terminal: Terminal, race: Race): void {
  const takings = numbersOf(race).map((number) => ({ number, ...takingsOf(race, number) }))
  const most = Math.max(1, ...takings.map(({ ids }) => ids.length))
  const rows = takings.map(({ number, ids, firstMs, slowestMs }) => [
    String(number),
    firstMs === null ? '-' : ms(firstMs),
    slowestMs === null ? '-' : ms(slowestMs),
    String(ids.length),
    '█'.repeat(Math.ceil((ids.length / most) * Math.min(most, BAR_COLUMNS))),
    ids.map((id) => `#${id}`).join(' '),
  ])
  printColumns(terminal, COLUMNS, rows)
}

function numbersOf({ claimers }: Race): number[] {
  return Array.from({ length: claimers }, (_, index) => index + 1)
}

/** What one claimer got, in its order; `firstMs` is the longest of its answers to the questions of all. */
function takingsOf(
  { rounds }: Race,
  number: number,
): { ids: TaskId[]; firstMs: number | null; slowestMs: number | null } {
  const own = rounds.flatMap(({ given }) => given.filter(({ claimer }) => claimer === number))
  const longest = (all: typeof own) =>
    all.length === 0 ? null : Math.max(...all.map(({ tookMs }) => tookMs))
  return {
    ids: own.map(({ id }) => id),
    firstMs: longest(own.filter(({ isFirst }) => isFirst)),
    slowestMs: longest(own),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`
}

function tenths(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(1))
}
