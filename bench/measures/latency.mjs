// Latency: from before the call that enqueues to the start of its handler in another process; idle system, one at a time.
import { setTimeout as sleep } from 'node:timers/promises'
import { withDatabase } from '../database.mjs'
import { startFleet } from '../fleet.mjs'
import { percentile } from '../numbers.mjs'

const WARM_UPS = 30
/** Between two tasks, so that each finds everybody idle, and none comes at a moment that polling could fit. */
const PAUSE_MS = [10, 40]
const ANSWER_LIMIT_MS = 20_000

/** One round: `samples` tasks, or as many as fit into `limitMs`. Milliseconds. */
export async function latency(server, subject, { variant, samples, limitMs }) {
  return withDatabase(server, async (url) => {
    await subject.prepare(url, variant)
    const sender = await subject.sender(url)
    let heard = () => {}
    const worker = subject.worker(url, variant, { untilEmpty: false })
    const fleet = startFleet(worker, { tasks: 0, onRun: (n, ns) => heard(n, ns) })
    try {
      const send = (n) => sendOne(sender, n, (hear) => (heard = hear))
      const warmUps = Math.min(WARM_UPS, Math.max(2, Math.floor(samples / 5)))
      for (let n = 0; n < warmUps; n += 1) await send(n)
      const waits = []
      const deadline = Date.now() + limitMs
      while (waits.length < samples && Date.now() < deadline) {
        await sleep(PAUSE_MS[0] + Math.random() * (PAUSE_MS[1] - PAUSE_MS[0]))
        waits.push(await send(warmUps + waits.length))
      }
      return { waits: waits.map((wait) => Math.round(wait * 1000) / 1000), ...summary(waits) }
    } finally {
      await sender.close()
      await fleet.stop()
      fleet.remove()
    }
  })
}

function summary(waits) {
  return { count: waits.length, p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) }
}

/** The clock is read before the call: what the call costs is part of the wait. */
async function sendOne(sender, n, listen) {
  let timer
  const answer = new Promise((resolve, reject) => {
    listen((heardN, ns) => heardN === n && resolve(ns))
    timer = setTimeout(() => reject(new Error(`task ${n} did not start`)), ANSWER_LIMIT_MS)
  })
  // A call that fails is the first to be heard of.
  answer.catch(() => {})
  const beganNs = process.hrtime.bigint()
  await sender.send(n)
  const startedNs = await answer
  clearTimeout(timer)
  return Number(startedNs - beganNs) / 1e6
}
