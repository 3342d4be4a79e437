// Hears of a row, claims it, and begins: until SIGTERM.
import pg from 'pg'
import { work } from '../effects.mjs'

const connectionString = process.argv[2]
const claims = new pg.Client({ connectionString })
const listens = new pg.Client({ connectionString })
await Promise.all([claims.connect(), listens.connect()])
const CLAIM = {
  name: 'claim',
  text: 'update bare set is_claimed = true where n = $1 and not is_claimed returning n',
}

listens.on('notification', async ({ payload }) => {
  const { rows } = await claims.query({ ...CLAIM, values: [payload] })
  for (const { n } of rows) work(n)
})
process.once('SIGTERM', async () => {
  await Promise.all([claims.end(), listens.end()])
  process.exit(0)
})
await listens.query('listen bare')
// What was sent before it could hear.
const { rows } = await claims.query('update bare set is_claimed = true where not is_claimed returning n')
for (const { n } of rows) work(n)
