// One complete run: rounds of everything, one after the other, and its results as JSON. Usage: see README.md, or --help.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const HELP = `Usage: node bench/run.mjs [--quick] [--rounds N] [--only GROUP]... [--out FILE]

  --quick      small sizes and one round: shows that everything works, its figures say nothing
  --rounds N   how often everything is measured (default: 5; 1 with --quick)
  --only WHAT  a group of measurements, or group/subject, such as drain or drain/pgBoss; repeatable
  --out FILE   where the results go (default: bench/results/latest.json; with --quick: bench/results/quick.json)

DATABASE_URL names the server; without it one is started, set up as for production.
`
/** The peers need a newer Node than taskproc does; everybody is measured on the same. */
const NODE_NEEDED = [22, 18]

let isInterrupted = false

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(HELP)
else if (isOld(process.versions.node)) runOnNewerNode()
else await main()

function isOld(version) {
  const [major, minor] = version.split('.').map(Number)
  return major < NODE_NEEDED[0] || (major === NODE_NEEDED[0] && minor < NODE_NEEDED[1])
}

function runOnNewerNode() {
  const node = fileURLToPath(new URL('./node_modules/node/bin/node', import.meta.url))
  const { status, error } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' })
  if (error)
    process.stderr.write(`${node}: ${error.message}\nInstall what is measured first: npm ci --prefix bench\n`)
  process.exitCode = status ?? 1
}

async function main() {
  const [{ openServer }, { describe }, plan] = await Promise.all([
    import('./cluster.mjs'),
    import('./machine.mjs'),
    import('./plan.mjs'),
  ])
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5))
  const [steps, last] = [plan.round(values), plan.once(values)].map((all) =>
    all.filter(({ group, key }) => isWanted(group, key)),
  )
  const server = await openServer()
  const startedAt = new Date()
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      isInterrupted = true
      server.stop().finally(() => process.exit(1))
    })
  try {
    const results = { startedAt: startedAt.toISOString(), quick: values.quick, rounds, ...(await settings()) }
    results.machine = await describe(server)
    results.groups = {}
    await measure(server, steps, rounds, results.groups)
    await measure(server, last, 1, results.groups)
    results.seconds = Math.round((Date.now() - startedAt.getTime()) / 1000)
    if (!isInterrupted) write(results)
  } finally {
    await server.stop()
  }
}

function isWanted(group, key) {
  return values.only.length === 0 || values.only.includes(group) || values.only.includes(`${group}/${key}`)
}

async function settings() {
  const { SUBJECTS } = await import('./plan.mjs')
  return {
    subjects: Object.fromEntries(
      Object.entries(SUBJECTS).map(([key, { name, settings }]) => [key, { name, settings }]),
    ),
  }
}

/** `groups[group][key]` becomes a list with the result of each round. What fails is written down and does not end the run; the exit status is 1 then. */
async function measure(server, steps, rounds, groups) {
  for (let number = 1; number <= rounds; number += 1) {
    for (const { group, key, run, most = rounds } of steps) {
      if (number > most) continue
      if (isInterrupted) return
      process.stderr.write(`${number}/${rounds} ${group} ${key}: `)
      const result = await run(server, groups).catch((thrown) => ({
        failed: String(thrown?.message ?? thrown),
      }))
      if (result.failed !== undefined) process.exitCode = 1
      process.stderr.write(`${told(result)}\n`)
      groups[group] ??= {}
      groups[group][key] ??= []
      groups[group][key].push(result)
    }
  }
}

function told({ failed, tasksPerSecond, p50, p99 }) {
  if (failed !== undefined) return `failed: ${failed}`
  if (tasksPerSecond !== undefined) return `${Math.round(tasksPerSecond ?? 0)} tasks/s`
  return p50 === undefined ? 'measured' : `p50 ${p50?.toFixed(2)} ms, p99 ${p99?.toFixed(2)} ms`
}

function write(results) {
  const file =
    values.out ??
    fileURLToPath(new URL(`./results/${values.quick ? 'quick' : 'latest'}.json`, import.meta.url))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(results)}\n`)
  process.stderr.write(`${file}: ${results.seconds} s. Now: node bench/report.mjs\n`)
}
