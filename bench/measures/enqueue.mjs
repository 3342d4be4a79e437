// Enqueue: in bulk through each library, beside a plain multi-row insert; and single rows, with and without notifications.
import { setTimeout as sleep } from 'node:timers/promises'
import { serverCpuSeconds } from '../cpu.mjs'
import { settleDown, withClient, withDatabase } from '../database.mjs'
import { startFleet } from '../fleet.mjs'
import { multiRowInsert, singleEnqueue } from '../floor-scripts.mjs'
import { pgbench } from '../pgbench.mjs'
import { taskproc } from '../subjects/taskproc.mjs'

/** Of one INSERT by pgbench. */
const ROWS = 500
const CLIENTS = 16
const WARM_UP_SHARE = 0.1
/** So long a process is given to come up and fall asleep. */
const ASLEEP_LIMIT_MS = 15_000

/** One connection, `chunk` tasks in each call of the library. */
export async function bulk(server, subject, { chunk, tasks }) {
  return withDatabase(server, async (url) => {
    await subject.prepare(url, 'tuned')
    const sender = await subject.sender(url)
    try {
      const send = async (first, count) => {
        for (let from = first; from < first + count; from += chunk)
          await sender.sendMany(
            Array.from({ length: Math.min(chunk, first + count - from) }, (_, n) => from + n),
          )
      }
      const warmUp = Math.ceil((tasks * WARM_UP_SHARE) / chunk) * chunk
      await send(0, warmUp)
      await settleDown(url)
      const result = await timed(server, tasks - warmUp, () => send(warmUp, tasks - warmUp))
      const { unfinished } = await subject.check(url)
      return { ...result, lost: tasks - unfinished, isComplete: unfinished === tasks }
    } finally {
      await sender.close()
    }
  })
}

/** pgbench on the table of taskproc, one connection. `mode`: simple, since the values of real rows differ each time; or prepared. */
export async function insertFloor(server, { tasks, mode }) {
  return withDatabase(server, async (url) => {
    await taskproc.prepare(url)
    const script = multiRowInsert(ROWS)
    const transactions = Math.ceil((tasks * (1 - WARM_UP_SHARE)) / ROWS)
    const options = { clients: 1, mode }
    await pgbench(server, url, script, { ...options, transactions: Math.ceil(transactions * WARM_UP_SHARE) })
    await settleDown(url)
    return timed(server, transactions * ROWS, async () => {
      const { seconds } = await pgbench(server, url, script, { ...options, transactions })
      return seconds
    })
  })
}

/**
 * 16 clients that insert single tasks as `enqueue` does, while a process that slept serves them. `isSilent`: the function
 * that notifies does nothing, everything else is the same.
 */
export async function singles(server, { tasks, isSilent, isServed = true }) {
  return withDatabase(server, async (url) => {
    await taskproc.prepare(url)
    if (isSilent) await withClient(url, (client) => client.query(SILENCE))
    // Tuned, it catches up again and again: then it has most reason to sleep, and to be woken.
    const worker = taskproc.worker(url, 'tuned', { untilEmpty: false })
    const fleet = isServed ? startFleet(worker, { tasks: 1 }) : undefined
    try {
      if (fleet) await untilAsleep(url)
      const script = await singleEnqueue()
      const transactions = Math.ceil(tasks / CLIENTS)
      // Without notifications it comes late: what it runs until then, and what it does not, must count for neither.
      const warmUp = Math.ceil(transactions * WARM_UP_SHARE)
      await pgbench(server, url, script, { clients: CLIENTS, transactions: warmUp })
      if (fleet) await untilRunning(fleet)
      return await timed(server, transactions * CLIENTS, async () => {
        const { seconds } = await pgbench(server, url, script, { clients: CLIENTS, transactions })
        return seconds
      })
    } finally {
      await fleet?.stop()
      fleet?.remove()
    }
  })
}

const SILENCE = `create or replace function taskproc.wake(queue text, due_at timestamptz) returns void
language plpgsql volatile as $$ begin end $$`

async function untilAsleep(url) {
  await withClient(url, async (client) => {
    for (const deadline = Date.now() + ASLEEP_LIMIT_MS; Date.now() < deadline; await sleep(100)) {
      const { rows } = await client.query('select count(*)::integer as asleep from taskproc.sleepers')
      if (rows[0].asleep > 0) return
    }
    throw new Error('the process did not fall asleep')
  })
}

async function untilRunning(fleet) {
  for (const deadline = Date.now() + ASLEEP_LIMIT_MS; fleet.ran() === 0; await sleep(50))
    if (Date.now() > deadline) throw new Error('the process ran nothing')
}

/** `act` may say itself how many seconds it took. */
async function timed(server, tasks, act) {
  const before = serverCpuSeconds(server.postmaster)
  const beganNs = process.hrtime.bigint()
  const told = await act()
  const seconds = told ?? Number(process.hrtime.bigint() - beganNs) / 1e9
  const after = serverCpuSeconds(server.postmaster)
  return {
    ran: tasks,
    seconds,
    tasksPerSecond: tasks / seconds,
    serverCpuSeconds: before === null ? null : after - before,
  }
}
