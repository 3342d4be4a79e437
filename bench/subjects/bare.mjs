// The floor of latency: what cannot be left out, and nothing else. A row, a notification with it, and one UPDATE by who heard it.
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { withClient } from '../database.mjs'

const WORKER = fileURLToPath(new URL('../workers/bare.mjs', import.meta.url))

const INSERT = {
  name: 'insert',
  text: `with sent as (insert into bare (n) values ($1) returning n) select pg_notify('bare', n::text) from sent`,
}

export const bare = {
  async prepare(url) {
    await withClient(url, (client) =>
      client.query('create table bare (n integer primary key, is_claimed boolean not null default false)'),
    )
  },

  worker(url) {
    return { args: [WORKER, url], env: {} }
  },

  async sender(url) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return { send: (n) => client.query({ ...INSERT, values: [n] }), close: () => client.end() }
  },
}
