// taskproc: run by its real binary, loaded by SQL, called through its library.
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { enqueue, migrate } from '../../dist/library.js'
import { withClient } from '../database.mjs'

const HANDLERS = fileURLToPath(new URL('../workers/taskproc.mjs', import.meta.url))
const BINARY = fileURLToPath(new URL('../../bin/taskproc', import.meta.url))

export const taskproc = {
  name: 'taskproc',
  settings: {
    tuned: '--workers 200 --fetch-limit 2000',
    defaults: '(no flags: 5 workers, fetch limit 10)',
  },

  async prepare(url) {
    await migrate(url)
  },

  async load(url, total) {
    await withClient(url, (client) =>
      client.query(
        `insert into taskproc.tasks (kind, payload)
         select 'noop', jsonb_build_object('n', n) from generate_series(0, $1::integer - 1) n`,
        [total],
      ),
    )
  },

  /** `untilEmpty`: it ends by itself when nothing is left. */
  worker(url, variant, { untilEmpty }) {
    const flags = variant === 'tuned' ? this.settings.tuned.split(' ') : []
    if (untilEmpty) flags.push('--until-empty')
    return {
      args: [BINARY, 'serve', '--handlers', HANDLERS, ...flags],
      env: { DATABASE_URL: url, LOG_LEVEL: 'silent' },
    }
  },

  async check(url) {
    return withClient(url, async (client) => {
      const { rows } = await client.query(
        `select count(*) filter (where status = 'done')::integer as done,
                count(*) filter (where status <> 'done')::integer as unfinished from taskproc.tasks`,
      )
      return rows[0]
    })
  },

  async sender(url) {
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    return {
      send: (n) => enqueue(pool, { kind: 'noop', payload: { n } }),
      sendMany: (ns) =>
        enqueue(
          pool,
          ns.map((n) => ({ kind: 'noop', payload: { n } })),
        ),
      close: () => pool.end(),
    }
  },
}
