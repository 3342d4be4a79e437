// What handlers do in the place of work, the same for every subject: count that they ran, in memory; it is written when the process ends.
import { writeFileSync } from 'node:fs'

const { BENCH_EFFECTS: file, BENCH_TASKS = '0', BENCH_SAY = '' } = process.env
const counts = new Uint8Array(Number(BENCH_TASKS))
/** A mark is the time of every so-manieth run: throughput over time without a clock call for each. */
export const RUNS_PER_MARK = Math.max(1, Math.floor(counts.length / 1000))
const TELL_EVERY_MS = 50

const marks = []
let ran = 0

/** Nanoseconds of the monotonic clock, which all processes of a machine share. */
const nowNs = () => process.hrtime.bigint()

/** The whole of the work of a task: `n` counts the tasks of a run from 0. */
export function work(n) {
  if (BENCH_SAY !== '') return process.send([n, String(nowNs())])
  counts[n] += 1
  ran += 1
  if (ran % RUNS_PER_MARK === 0) marks.push(nowNs())
}

if (file) {
  if (BENCH_SAY === '' && process.send) setInterval(() => process.send(ran), TELL_EVERY_MS).unref()
  process.once('exit', () => {
    const { user, system } = process.cpuUsage()
    writeFileSync(`${file}.counts`, counts)
    writeFileSync(
      `${file}.json`,
      JSON.stringify({
        ran,
        runsPerMark: RUNS_PER_MARK,
        marks: marks.map(String),
        cpuSeconds: (user + system) / 1e6,
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
      }),
    )
  })
}
