// graphile-worker: with the settings of its own benchmark (perfTest/graphile.config.js and run.js), and with its defaults.
import { fileURLToPath } from 'node:url'
import { Logger, makeWorkerUtils } from 'graphile-worker'
import { withClient } from '../database.mjs'

const WORKER = fileURLToPath(new URL('../workers/graphile-worker.mjs', import.meta.url))

const TUNED = {
  concurrentJobs: 24,
  maxPoolSize: 25,
  localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
}

export const graphileWorker = {
  name: 'graphile-worker',
  settings: { tuned: JSON.stringify(TUNED), defaults: '(none: one job at a time, no local queue)' },

  async prepare(url) {
    const utils = await utilsOf(url)
    await utils.migrate()
    await utils.release()
  },

  // As its own benchmark does: one call, ids in the payload.
  async load(url, total) {
    await withClient(url, (client) =>
      client.query(
        `select 1 from graphile_worker.add_jobs(array(select json_populate_recordset(null::graphile_worker.job_spec,
           (select json_agg(json_build_object('identifier', 'noop', 'payload', json_build_object('n', n)))
            from generate_series(0, $1::integer - 1) n))))`,
        [total],
      ),
    )
  },

  worker(url, variant, { untilEmpty }) {
    const preset = variant === 'tuned' ? TUNED : {}
    return { args: [WORKER, JSON.stringify({ url, preset, untilEmpty })], env: {} }
  },

  // Finished jobs are deleted: only what is left can be counted.
  async check(url) {
    return withClient(url, async (client) => {
      const { rows } = await client.query(
        'select count(*)::integer as unfinished from graphile_worker._private_jobs',
      )
      return { done: null, unfinished: rows[0].unfinished }
    })
  },

  async sender(url) {
    const utils = await utilsOf(url)
    return {
      send: (n) => utils.addJob('noop', { n }),
      sendMany: (ns) => utils.addJobs(ns.map((n) => ({ identifier: 'noop', payload: { n } }))),
      close: () => utils.release(),
    }
  },
}

function utilsOf(url) {
  return makeWorkerUtils({ connectionString: url, logger: new Logger(() => () => {}) })
}
