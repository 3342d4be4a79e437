// Drain: how fast a backlog of tasks without work is run, from a full tenth of it to its end.
import { serverCpuSeconds } from '../cpu.mjs'
import { settleDown, withDatabase } from '../database.mjs'
import { startFleet } from '../fleet.mjs'
import { perSecond } from '../throughput.mjs'

const LOOK_MS = 10
/** Who runs nothing for so long has come to its end, or to none. */
const PATIENCE_MS = 30_000

/**
 * One round of one subject. `limitMs` ends what is too slow: its rate is then that of what it ran. What was lost or ran
 * twice is counted from the effects of the handlers, and the rows that are left from the table, after the run.
 */
export async function drain(server, subject, { variant, processes = 1, tasks, limitMs = 90_000 }) {
  return withDatabase(server, async (url) => {
    await subject.prepare(url, variant)
    await subject.load(url, tasks)
    await settleDown(url)
    const before = serverCpuSeconds(server.postmaster)
    const fleet = startFleet(subject.worker(url, variant, { untilEmpty: true }), { processes, tasks })
    try {
      const isComplete = await untilOver(fleet, subject, { tasks, limitMs })
      const after = serverCpuSeconds(server.postmaster)
      const effects = fleet.effects()
      return {
        ...perSecond(effects),
        ...counted(effects, tasks, isComplete),
        ...(isComplete ? await subject.check(url) : { done: null, unfinished: null }),
        isComplete,
        processes,
        serverCpuSeconds: before === null ? null : after - before,
        clientCpuSeconds: effects.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
        peakRssBytes: Math.max(...effects.map(({ peakRssBytes }) => peakRssBytes)),
      }
    } finally {
      await fleet.stop()
      fleet.remove()
    }
  })
}

/** Whether all of it was run. Who never ends by itself is stopped when it has run as many as there are. */
async function untilOver(fleet, subject, { tasks, limitMs }) {
  const startedMs = Date.now()
  let [seen, seenMs] = [0, startedMs]
  let isOver = false
  fleet.ended.then(
    () => {
      isOver = true
    },
    () => {
      isOver = true
    },
  )
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    if (fleet.ran() > seen) [seen, seenMs] = [fleet.ran(), Date.now()]
    const isDone = subject.neverEnds && seen >= tasks
    if (isDone || Date.now() - startedMs > limitMs || Date.now() - seenMs > PATIENCE_MS) {
      await fleet.stop()
      break
    }
  }
  await fleet.ended
  return fleet.effects().reduce((sum, { ran }) => sum + ran, 0) >= tasks
}

function counted(effects, tasks, isComplete) {
  let [lost, duplicated] = [0, 0]
  for (let n = 0; n < tasks; n += 1) {
    const runs = effects.reduce((sum, { counts }) => sum + counts[n], 0)
    if (runs === 0) lost += 1
    if (runs > 1) duplicated += 1
  }
  return { lost: isComplete ? lost : null, duplicated }
}
