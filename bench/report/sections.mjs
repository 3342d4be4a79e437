// The sections of the results that stand for a group of measurements: a table each.
import { faults, keys, medianOf, nameOf, ratioOf, rounds, waitOf } from './results.mjs'
import { figure, megabytes, table, times } from './words.mjs'

/** Throughput of everybody in a group, beside taskproc in the same rounds. */
export function throughput(results, group) {
  const isOurs = keys(results, group).includes('taskproc')
  const rows = keys(results, group).map((key) => [
    nameOf(results, key),
    figure(medianOf(results, group, key, 'tasksPerSecond')),
    spread(rounds(results, group, key).map(({ tasksPerSecond }) => tasksPerSecond)),
    key === 'taskproc' || !isOurs ? '' : times(ratioOf(results, [group, 'taskproc'], [group, key])),
    ...faultCells(faults(results, group, key)),
  ])
  return table(['', 'tasks/s', 'of rounds', 'taskproc is', 'lost', 'twice', 'remarks'], rows)
}

const BUSY_PERCENT = 85

/** What leaves no room for more. */
function bound({ busy, client, wall, processes }) {
  if (busy >= BUSY_PERCENT) return 'the CPU of the machine'
  if (client !== null && (client / wall / processes) * 100 >= BUSY_PERCENT) return 'one thread of Node'
  return 'waiting (answers, disk)'
}

/** What a task costs the two sides: where the time goes. */
export function costs(results, group) {
  const cores = results.machine.cores
  const rows = keys(results, group).map((key) => {
    const of = (field) => medianOf(results, group, key, field)
    const perTask = (field) => (of(field) === null ? null : (of(field) / of('ran')) * 1e6)
    const server = perTask('serverCpuSeconds')
    const client = perTask('clientCpuSeconds')
    const wall = 1e6 / of('tasksPerSecond')
    const busy = server === null ? null : ((server + (client ?? 0)) / wall / cores) * 100
    return [
      nameOf(results, key),
      figure(server, ' µs'),
      client === null ? '' : figure(client, ' µs'),
      figure(wall, ' µs'),
      figure(busy === null ? null : Math.min(100, busy), ' %'),
      of('peakRssBytes') === null ? '' : megabytes(of('peakRssBytes')),
      server === null
        ? ''
        : bound({ busy, client, wall, processes: rounds(results, group, key)[0]?.processes ?? 1 }),
    ]
  })
  return table(
    ['per task', 'CPU of the server', 'CPU of the clients', 'time', 'CPU in use', 'peak memory', 'bound by'],
    rows,
  )
}

export function latencies(results, group) {
  const rows = keys(results, group).map((key) => [
    nameOf(results, key),
    rounds(results, group, key).reduce((sum, { count = 0 }) => sum + count, 0),
    figure(waitOf(results, group, key, 0.5), ' ms'),
    figure(waitOf(results, group, key, 0.99), ' ms'),
    figure(waitOf(results, group, key, 1), ' ms'),
    faults(results, group, key).failed.join('; '),
  ])
  return table(['enqueue to start', 'tasks', 'p50', 'p99', 'longest', 'remarks'], rows)
}

export function fleets(results) {
  const rows = keys(results, 'fleet').map((key) => {
    const of = (field) => medianOf(results, 'fleet', key, field)
    const share = of('serverCoreShare')
    return [
      nameOf(results, key),
      figure(of('processes')),
      figure(share === null ? null : share * 100, ' %'),
      figure(of('statementsPerProcessSecond')),
      figure(of('connections')),
      faults(results, 'fleet', key).failed.join('; '),
    ]
  })
  return table(
    [
      '',
      'processes',
      'of a core of the server',
      'statements per process and second',
      'connections',
      'remarks',
    ],
    rows,
  )
}

function spread(values) {
  const known = values.filter((value) => value !== null && value !== undefined)
  return known.length === 0 ? '' : `${figure(Math.min(...known))}-${figure(Math.max(...known))}`
}

function faultCells({ lost, duplicated, failed, ended }) {
  const remarks = [...failed, ...(ended > 0 ? [`ended by time in ${ended} rounds`] : [])]
  return [lost, duplicated, remarks.join('; ')]
}
