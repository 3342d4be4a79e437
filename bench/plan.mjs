// What a complete run measures, in the order of each round, with its sizes; and the quick one, which shows that all of it works.
import { drain } from './measures/drain.mjs'
import { bulk, insertFloor, singles } from './measures/enqueue.mjs'
import { idleFleet } from './measures/fleet.mjs'
import { floor } from './measures/floor.mjs'
import { latency } from './measures/latency.mjs'
import { ownBench, steady } from './measures/own.mjs'
import { bare } from './subjects/bare.mjs'
import { bullmq } from './subjects/bullmq.mjs'
import { graphileWorker } from './subjects/graphile-worker.mjs'
import { pgBoss } from './subjects/pg-boss.mjs'
import { taskproc } from './subjects/taskproc.mjs'

/** What no ratio of a small margin depends on is measured in the first rounds only. */
const FEWER_ROUNDS = 3
const FEWER = ['defaults', 'latencyDefaults', 'bulk', 'single']

export const SUBJECTS = { taskproc, graphileWorker, pgBoss, bullmq }

/** Of what is too slow for any size: its rate is that of what it ran until then. */
const SLOW_MS = 10_000

/**
 * The steps of one round: `{ group, key, run(server), most }`; `most` is in how many rounds, where not in all. Sizes are chosen so that each drain takes four seconds or so;
 * the slowest are ended by time.
 */
export function round({ quick }) {
  const size = (tasks) => (quick ? Math.max(400, Math.round(tasks / 20)) : tasks)
  const samples = quick ? 40 : 150
  const drains = (group, subject, key, variant, tasks, processes = 1, limitMs = undefined) => ({
    group,
    key,
    run: (server) => drain(server, subject, { variant, processes, tasks: size(tasks), limitMs }),
  })
  const floors = (group, clients, tasks) => ({
    group,
    key: 'floor',
    run: (server) =>
      floor(server, { clients, batch: 500, tasks: size(tasks) < 20_000 ? 20_000 : size(tasks) }),
  })
  const latencies = (subject, key, variant, count = samples, mostMs = 10_000) => ({
    group: variant === 'tuned' ? 'latency' : 'latencyDefaults',
    key,
    run: (server) => latency(server, subject, { variant, samples: count, limitMs: mostMs }),
  })
  const bulks = (subject, key, chunk, tasks) => ({
    group: 'bulk',
    key,
    run: (server) => bulk(server, subject, { chunk, tasks: quick ? 4 * chunk : tasks }),
  })
  const inserts = (key, mode, tasks) => ({
    group: 'bulk',
    key,
    run: (server) => insertFloor(server, { mode, tasks: size(tasks) }),
  })
  const enqueues = (key, options) => ({
    group: 'single',
    key,
    run: (server) => singles(server, { tasks: size(40_000), ...options }),
  })
  const steps = [
    drains('drain', taskproc, 'taskproc', 'tuned', 200_000),
    drains('drain', graphileWorker, 'graphileWorker', 'tuned', 120_000),
    drains('drain', pgBoss, 'pgBoss', 'tuned', 80_000),
    drains('drain', bullmq, 'bullmq', 'tuned', 8_000),
    floors('drain', 1, 200_000),
    drains('defaults', taskproc, 'taskproc', 'defaults', 40_000),
    drains('defaults', graphileWorker, 'graphileWorker', 'defaults', 10_000),
    drains('defaults', pgBoss, 'pgBoss', 'defaults', 400, 1, SLOW_MS),
    drains('defaults', bullmq, 'bullmq', 'defaults', 5_000),
    drains('fourProcesses', taskproc, 'taskproc', 'tuned', 200_000, 4),
    drains('fourProcesses', graphileWorker, 'graphileWorker', 'tuned', 120_000, 4),
    drains('fourProcesses', pgBoss, 'pgBoss', 'tuned', 80_000, 4),
    floors('fourProcesses', 4, 200_000),
    latencies(taskproc, 'taskproc', 'tuned'),
    latencies(graphileWorker, 'graphileWorker', 'tuned'),
    latencies(pgBoss, 'pgBoss', 'tuned'),
    latencies(bullmq, 'bullmq', 'tuned'),
    latencies(bare, 'bare', 'tuned'),
    latencies(taskproc, 'taskproc', 'defaults', samples / 2),
    latencies(graphileWorker, 'graphileWorker', 'defaults', samples / 2),
    latencies(pgBoss, 'pgBoss', 'defaults', 4, 6_000),
    latencies(bullmq, 'bullmq', 'defaults', samples / 2),
    bulks(taskproc, 'taskproc', 5_000, 100_000),
    bulks(graphileWorker, 'graphileWorker', 5_000, 100_000),
    bulks(pgBoss, 'pgBoss', 5_000, 100_000),
    bulks(bullmq, 'bullmq', 1_000, 30_000),
    inserts('pgbench', 'simple', 100_000),
    inserts('pgbenchPrepared', 'prepared', 100_000),
    enqueues('unserved', { isSilent: false, isServed: false }),
    enqueues('notifying', { isSilent: false }),
    enqueues('silent', { isSilent: true }),
  ]
  return steps.map((step) => (FEWER.includes(step.group) ? { ...step, most: FEWER_ROUNDS } : step))
}

const STEADY = { times: 3, tasks: 400_000, seconds: 20 }
const QUICK_STEADY = { times: 1, tasks: 5_000, seconds: 3 }

/** What is measured once, after the rounds. A growth drains enough for 300 claims: the p99 of fewer is one of the slowest. */
export function once({ quick }) {
  const [processes, seconds] = quick ? [5, 5] : [50, 20]
  const fleets = (subject, key) => ({
    group: 'fleet',
    key,
    run: (server) => idleFleet(server, subject, { processes, seconds }),
  })
  const own = (key, ...args) => ({ group: 'own', key, run: (server) => ownBench(server, [key, ...args]) })
  return [
    fleets(taskproc, 'taskproc'),
    fleets(graphileWorker, 'graphileWorker'),
    { group: 'own', key: 'steady', run: (server) => steady(server, quick ? QUICK_STEADY : STEADY) },
    quick
      ? own('hold', '--tasks', '5000', '--gone-by', '10000')
      : own('hold', '--tasks', '200000', '--gone-by', '1000000'),
    quick
      ? own('growth', '--tasks', '2000', '--finished', '10000', '--backlog', '2000')
      : own('growth', '--tasks', '600000', '--finished', '10000000', '--backlog', '1000000'),
    own('enqueue', ...(quick ? ['--tasks', '1000'] : [])),
    own('churn', ...(quick ? ['--tasks', '1000'] : [])),
  ]
}
