// The floor: the same claims and settlements by pgbench, with no process around them.
import { serverCpuSeconds } from '../cpu.mjs'
import { settleDown, withClient, withDatabase } from '../database.mjs'
import { claimAndSettle, REGISTER } from '../floor-scripts.mjs'
import { pgbench } from '../pgbench.mjs'
import { taskproc } from '../subjects/taskproc.mjs'

const WARM_UP_SHARE = 0.1

/** One round; a tenth of the tasks is the warm-up, as it is of everybody. */
export async function floor(server, { clients, batch, tasks }) {
  return withDatabase(server, async (url) => {
    await taskproc.prepare(url)
    await taskproc.load(url, tasks)
    await withClient(url, (client) => client.query(REGISTER))
    await settleDown(url)
    const script = await claimAndSettle(batch)
    const variables = { after_run_at: '-infinity', after_id: 0 }
    const each = Math.floor(tasks / batch / clients)
    const warmUp = Math.ceil(each * WARM_UP_SHARE)
    await pgbench(server, url, script, { clients, transactions: warmUp, variables })
    const before = serverCpuSeconds(server.postmaster)
    const { seconds } = await pgbench(server, url, script, {
      clients,
      transactions: each - warmUp,
      variables,
    })
    const after = serverCpuSeconds(server.postmaster)
    const { done } = await taskproc.check(url)
    const expected = each * clients * batch
    return {
      ran: done,
      seconds,
      tasksPerSecond: ((each - warmUp) * clients * batch) / seconds,
      lost: expected - done,
      duplicated: 0,
      isComplete: done === expected,
      serverCpuSeconds: before === null ? null : after - before,
    }
  })
}
