// The goals and the table of what `taskproc bench` measured on the same server.
import { median } from '../numbers.mjs'
import { rounds } from './results.mjs'
import { figure, table } from './words.mjs'

/** The runs of one measurement; none where it was not made. */
function runsOf(results, key) {
  return rounds(results, 'own', key).flatMap(({ runs }) => runs ?? [])
}

/** Goals as `{ goal, measured, isMet }`. */
export function ownGoals(results) {
  return [...steady(results), ...hold(results), ...growth(results)]
}

/** Of each time that tasks arrived: the median p99 decides, and the worst is told. */
function steady(results) {
  const runs = runsOf(results, 'steady').filter(({ name }) => name.startsWith('steady'))
  const p99s = runs.map(({ latency_ms: { enqueue_to_finish: latency } }) => latency?.p99 ?? null)
  const p99 = median(p99s)
  const rates = runs.map(({ tasks_per_second: rate }) => rate)
  return [
    {
      goal: 'steady at 60 % of drain: p99 enqueue to finish at most 50 ms, backlog flat',
      measured:
        p99 === null
          ? ''
          : `${figure(p99, ' ms')} (${figure(Math.min(...p99s))} to ${figure(Math.max(...p99s), ' ms')}) at ${figure(median(rates))}/s; backlog ${runs.every(isFlat) ? 'flat' : 'not flat'}`,
      isMet: p99 === null ? null : p99 <= 50 && runs.every(isFlat),
    },
  ]
}

/** In its second half the backlog is not twice what it was in the first. */
function isFlat({ timeline }) {
  const backlogs = timeline.map(({ backlog }) => backlog)
  const half = Math.floor(backlogs.length / 2)
  const [first, second] = [backlogs.slice(0, half), backlogs.slice(half)].map((part) => Math.max(0, ...part))
  return second <= 2 * first + 100
}

/** Of all drains that were held: their median decides, and the worst is told. */
function hold(results) {
  const runs = runsOf(results, 'hold')
  const [clean, held, released] = ['clean', 'held', 'released'].map((name) =>
    runs.filter((run) => run.name.startsWith(name)),
  )
  const isKnown = clean.length > 0 && held.length > 0 && released.length > 0
  const row = (goal, of, isMet) => ({ goal, measured: isKnown ? of() : '', isMet: isKnown ? isMet() : null })
  const rateOf = ({ tasks_per_second: rate }) => rate
  const claimOf = ({ latency_ms: { claim } }) => claim.p99
  const cleanRate = median(clean.map(rateOf))
  const cleanClaim = median(clean.map(claimOf))
  const shares = held.map((run) => rateOf(run) / cleanRate)
  const claims = held.map((run) => claimOf(run) / cleanClaim)
  const last = released.at(-1)
  const back = () => rateOf(last) / cleanRate
  const seconds = () => Number(/(\d+) s/.exec(last.name)?.[1])
  return [
    row(
      'held snapshot, 1M tasks gone by: at least 95 % of clean throughput',
      () => `${figure(median(shares) * 100, ' %')} (worst ${figure(Math.min(...shares) * 100, ' %')})`,
      () => median(shares) >= 0.95,
    ),
    row(
      'held snapshot: claim p99 at most 2 x',
      () => `${figure(median(claims), ' x')} (worst ${figure(Math.max(...claims), ' x')})`,
      () => median(claims) <= 2,
    ),
    row(
      'held snapshot: clean again within 60 s',
      () => `${figure(back() * 100, ' %')} after ${seconds()} s`,
      () => back() >= 0.95 && seconds() <= 60,
    ),
  ]
}

/** Everything beside the run on an empty table. */
function growth(results) {
  const runs = runsOf(results, 'growth')
  const empty = runs.find(({ name }) => name === 'empty')
  const emptyIdle = runs.find(({ name }) => name === 'empty, idle')
  return runs
    .filter((run) => run !== empty && run !== emptyIdle)
    .map((run) => {
      const isIdle = run.name.endsWith(', idle')
      const [what, name] = isIdle ? ['enqueue to start p50', 'enqueue_to_start'] : ['claim p99', 'claim']
      const share = isIdle ? 'p50' : 'p99'
      const before = (isIdle ? emptyIdle : empty)?.latency_ms[name]?.[share]
      const now = run.latency_ms[name]?.[share]
      const isKnown = before !== undefined && now !== undefined
      return {
        goal: `growth, ${run.name}: ${what} at most 1.2 x of an empty table`,
        measured: isKnown ? `${figure(now / before, ' x')} (${figure(before)} to ${figure(now, ' ms')})` : '',
        isMet: isKnown ? now <= 1.2 * before : null,
      }
    })
}

/** All of its runs, a line each. */
export function ownTable(results) {
  const rows = Object.keys(results.groups.own ?? {}).flatMap((key) => [
    ...runsOf(results, key).map((run) => [
      `${key}: ${run.name}`,
      figure(run.tasks_per_second),
      percentiles(run.latency_ms.enqueue_to_start),
      percentiles(run.latency_ms.claim),
      figure(run.per_task.wal_bytes),
      figure(run.per_task.buffers),
      run.lost,
      run.duplicated,
    ]),
    ...rounds(results, 'own', key).flatMap(({ failed }) =>
      failed === undefined ? [] : [[`${key}: ${failed}`, '', '', '', '', '', '', '']],
    ),
  ])
  const head = ['', 'tasks/s', 'enqueue to start', 'claim', 'WAL bytes', 'buffers', 'lost', 'twice']
  return table(head, rows)
}

function percentiles(latency) {
  return latency === undefined ? '' : `${figure(latency.p50)} / ${figure(latency.p99, ' ms')}`
}
