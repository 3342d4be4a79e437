// What handlers do in the place of work, the same for every subject: count that they ran, in memory; it is written when the process ends.
import { writeFileSync } from 'node:fs'

const { BENCH_EFFECTS: file, BENCH_TASKS = '0', BENCH_SAY = '' } = process.env
const isTelling = BENCH_SAY !== ''
const counts = new Uint8Array(Number(BENCH_TASKS))
/** A mark is the time of every so-manieth run: throughput over time without a clock call for each. */
const RUNS_PER_MARK = Math.max(1, Math.floor(counts.length / 1000))
const TELL_EVERY_MS = 50

const marks = []
let ran = 0
/** Of the start, which is not counted. */
let cpuBefore

/**
 * Nobody counts before everybody is up: the first handlers of a process wait for the word to go, which is given when
 * each process has one. So no start of a process falls into what is measured.
 */
let isOpen = isTelling || !process.send
let isWaiting = false
let open
const opened = new Promise((resolve) => {
  open = resolve
})

/** Nanoseconds of the monotonic clock, which all processes of a machine share. */
const nowNs = () => process.hrtime.bigint()

/** The whole of the work of a task: `n` counts the tasks of a run from 0. A promise only before the word to go. */
export function work(n) {
  if (isTelling) return void process.send([n, String(nowNs())])
  if (isOpen) return count(n)
  if (!isWaiting) process.send('waiting')
  isWaiting = true
  return opened.then(() => count(n))
}

function count(n) {
  counts[n] += 1
  ran += 1
  if (ran % RUNS_PER_MARK === 0) marks.push(nowNs())
}

if (file) {
  if (!isOpen) {
    process.once('message', () => {
      isOpen = true
      cpuBefore = process.cpuUsage()
      open()
    })
    setInterval(() => process.connected && process.send(ran), TELL_EVERY_MS).unref()
  }
  // Who was started for a run that was interrupted ends with it.
  process.once('disconnect', () => process.exit(1))
  // The channel keeps nobody alive.
  process.channel?.unref()
  process.once('exit', () => {
    const { user, system } = process.cpuUsage(cpuBefore)
    writeFileSync(`${file}.counts`, counts)
    writeFileSync(
      `${file}.json`,
      JSON.stringify({
        ran,
        runsPerMark: RUNS_PER_MARK,
        marks: marks.map(String),
        endedAt: String(nowNs()),
        cpuSeconds: (user + system) / 1e6,
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
      }),
    )
  })
}
