// RESULTS.md: where it was measured, the goals, a section for each group, and what was set.
import { goals } from './goals.mjs'
import { ownTable } from './own.mjs'
import { costs, fleets, latencies, throughput } from './sections.mjs'
import { figure, table } from './words.mjs'

export function document(results, { plots, source }) {
  const shown = (name, text) => (plots.includes(name) ? [`![${text}](plots/${name}.svg)`] : [])
  const has = (group) => results.groups[group] !== undefined
  const parts = [
    '# Results',
    `Written by \`node bench/report.mjs\` from \`results/${source}\`; how it is measured: [README.md](README.md).`,
    ...(results.quick
      ? ['**A quick run: it shows that everything works, and its figures say nothing.**']
      : []),
    ...where(results),
    '## Goals',
    'A ratio is the median of the ratios of each round, with the smallest and the largest of them.',
    goals(results),
  ]
  const section = (group, title, ...body) => has(group) && parts.push(`## ${title}`, ...body)
  section(
    'drain',
    'Drain, tuned, one process',
    throughput(results, 'drain'),
    ...shown('drain', 'tuned drains'),
  )
  section(
    'drain',
    'Where the time goes',
    costs(results, 'drain'),
    ...shown('course', 'the course of a drain'),
  )
  section(
    'defaults',
    'Drain, default settings',
    throughput(results, 'defaults'),
    ...shown('defaults', 'default drains'),
  )
  section(
    'fourProcesses',
    'Drain, tuned, four processes',
    throughput(results, 'fourProcesses'),
    ...shown('fourProcesses', 'four processes'),
    costs(results, 'fourProcesses'),
  )
  section(
    'latency',
    'Latency of an idle system',
    latencies(results, 'latency'),
    ...shown('latency', 'latencies'),
  )
  section(
    'latencyDefaults',
    'Latency of an idle system, default settings',
    latencies(results, 'latencyDefaults'),
  )
  section('bulk', 'Enqueue in bulk, one connection', throughput(results, 'bulk'), costs(results, 'bulk'))
  section('single', 'Enqueue by 16 single-row clients (pgbench)', throughput(results, 'single'))
  section('fleet', 'An idle fleet', fleets(results))
  section('own', 'By `taskproc bench`, on the same server', ownTable(results))
  parts.push('## What was set', subjectSettings(results))
  return `${parts.join('\n\n')}\n`
}

function where({ machine, startedAt, rounds, seconds }) {
  const { versions } = machine
  const settings = Object.entries(machine.postgresSettings).map(([name, value]) => `\`${name} = ${value}\``)
  const rows = [
    ['when', `${startedAt}, ${figure(seconds / 60)} minutes, ${rounds} rounds`],
    [
      'machine',
      `${machine.cpu}, ${machine.cores} cores, ${figure(machine.memoryBytes / 2 ** 30)} GiB, ${machine.kernel}`,
    ],
    ['PostgreSQL', `${machine.postgres}, on the same machine as the clients; ${settings.join(', ')}`],
    ['clients', `Node ${machine.node} for everybody; ${machine.pgbench}`],
    ['taskproc', `${versions.taskproc} (${versions.commit})`],
    [
      'peers',
      `graphile-worker ${versions['graphile-worker']}, pg-boss ${versions['pg-boss']}, BullMQ ${versions.bullmq}`,
    ],
  ]
  return [table(['', ''], rows)]
}

function subjectSettings({ subjects }) {
  const rows = Object.values(subjects).map(({ name, settings }) => [
    name,
    `\`${settings.tuned}\``,
    settings.defaults,
  ])
  return table(['', 'tuned', 'defaults'], rows)
}
