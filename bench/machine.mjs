// Where a run was made: the machine, and the version of everything in it.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { withClient } from './database.mjs'

const SHOWN = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
  'checkpoint_timeout',
  'autovacuum',
]

export async function describe(server) {
  const { version, settings } = await withClient(server.url, async (client) => {
    const { rows } = await client.query('select name, setting, unit from pg_settings where name = any ($1)', [
      SHOWN,
    ])
    const versions = await client.query('show server_version')
    const settings = {}
    for (const { name } of rows) settings[name] = (await client.query(`show ${name}`)).rows[0][name]
    return { version: versions.rows[0].server_version, settings }
  })
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    postgres: version,
    postgresSettings: settings,
    isOwnServer: server.postmaster !== null,
    pgbench: String(execFileSync('pgbench', ['--version'])).trim(),
    versions: {
      taskproc: versionIn('../package.json'),
      commit: commit(),
      ...Object.fromEntries(
        ['graphile-worker', 'pg-boss', 'bullmq'].map((name) => [
          name,
          versionIn(`./node_modules/${name}/package.json`),
        ]),
      ),
    },
  }
}

function versionIn(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version
}

/** Of the working tree, where there is one. */
function commit() {
  try {
    const git = (...args) => String(execFileSync('git', args, { cwd: import.meta.dirname, stdio: 'pipe' }))
    const isClean = git('status', '--porcelain', '--', '../src', '../migrations') === ''
    return `${git('rev-parse', '--short', 'HEAD').trim()}${isClean ? '' : ' with changes'}`
  } catch {
    return null
  }
}
