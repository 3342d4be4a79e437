// The goals, each with its figure: met, not met, or not measured in this run.
import { ownGoals } from './own.mjs'
import { medianOf, ratioOf, waitOf } from './results.mjs'
import { figure, megabytes, table, times } from './words.mjs'

export function goals(results) {
  return table(
    ['goal', 'measured', ''],
    [...drains(results), ...idle(results), ...ownGoals(results), ...enqueues(results), ...fleet(results)].map(
      ({ goal, measured, isMet }) => [
        goal,
        measured,
        isMet === null ? 'not measured' : isMet ? 'met' : 'NOT met',
      ],
    ),
  )
}

const DRAINS = [
  ['drain of no-ops, tuned: at least 2.5 x graphile-worker', 'drain', 'graphileWorker', 2.5],
  ['drain of no-ops, tuned: at least 3 x pg-boss', 'drain', 'pgBoss', 3],
  ['drain of no-ops, tuned: at least 0.9 x the floor', 'drain', 'floor', 0.9],
  ['drain of no-ops, defaults: at least 3 x graphile-worker', 'defaults', 'graphileWorker', 3],
  ['drain of no-ops, defaults: more than 50 x pg-boss', 'defaults', 'pgBoss', 50],
  ['4 processes: at least 1.0 x the floor with 4 clients', 'fourProcesses', 'floor', 1],
]

function drains(results) {
  const against = DRAINS.map(([goal, group, other, least]) =>
    ratioGoal(goal, ratioOf(results, [group, 'taskproc'], [group, other]), least),
  )
  const growth = ratioOf(results, ['fourProcesses', 'taskproc'], ['drain', 'taskproc'])
  return [...against, ratioGoal('4 processes: no decline from 1 process', growth, 1)]
}

function idle(results) {
  const wait = (key, share) => waitOf(results, 'latency', key, share)
  const row = (name, share, mostMs) => {
    const ours = wait('taskproc', share)
    const theirs = wait('graphileWorker', share)
    const isKnown = ours !== null && theirs !== null
    return {
      goal: `enqueue to start, idle: ${name} at most ${mostMs} ms, and below graphile-worker`,
      measured: isKnown ? `${figure(ours, ' ms')}; graphile-worker ${figure(theirs, ' ms')}` : '',
      isMet: isKnown ? ours <= mostMs && ours < theirs : null,
    }
  }
  return [row('p50', 0.5, 2), row('p99', 0.99, 5)]
}

function enqueues(results) {
  const bulk = ratioOf(results, ['bulk', 'taskproc'], ['bulk', 'pgbench'])
  const single = ratioOf(results, ['single', 'notifying'], ['single', 'silent'])
  return [
    ratioGoal('bulk enqueue: at least 1.0 x a multi-row insert by pgbench', bulk, 1),
    ratioGoal('16 single-row clients: lose at most 10 % to notifications', single, 0.9),
  ]
}

function fleet(results) {
  const share = medianOf(results, 'fleet', 'taskproc', 'serverCoreShare')
  const statements = medianOf(results, 'fleet', 'taskproc', 'statementsPerProcessSecond')
  const memory = medianOf(results, 'drain', 'taskproc', 'peakRssBytes')
  return [
    {
      goal: '50 idle processes: less than 1 % of a core of the server',
      measured: share === null ? '' : figure(share * 100, ' %'),
      isMet: share === null ? null : share < 0.01,
    },
    {
      goal: '50 idle processes: at most 1 statement per process and second',
      measured: statements === null ? '' : figure(statements),
      isMet: statements === null ? null : statements <= 1,
    },
    {
      goal: '`serve` at full speed: under 150 MB',
      measured: memory === null ? '' : megabytes(memory),
      isMet: memory === null ? null : memory < 150e6,
    },
  ]
}

function ratioGoal(goal, ratio, least) {
  return {
    goal,
    measured: ratio === null ? '' : times(ratio),
    isMet: ratio === null ? null : ratio.median >= least,
  }
}
