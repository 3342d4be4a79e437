// What loading leaves behind is written down before a measurement, which would pay for it otherwise.
import { codeOf } from '../../errors.ts'
import { createClient } from '../pool.ts'

/** Ten million rows take minutes on a slow disk. */
const PATIENCE_MS = 15 * 60_000
/** A checkpoint is not for every role. */
const REFUSED = '42501'

/** For scratch databases: a checkpoint, and with `vacuum` first of all what autovacuum would do beside the measurement. */
export async function tidy(url: string, { vacuum }: { vacuum: boolean }): Promise<void> {
  const client = createClient({ url, applicationName: 'taskproc bench tidy', answerTimeoutMs: PATIENCE_MS })
  client.on('error', () => {})
  try {
    await client.connect()
    if (vacuum) await client.query('vacuum (analyze) taskproc.tasks')
    await client.query('checkpoint')
  } catch (thrown) {
    if (codeOf(thrown) !== REFUSED) throw thrown
  } finally {
    await client.end().catch(() => {})
  }
}
