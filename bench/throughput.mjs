// Throughput from the marks that handlers left: the first tenth is the warm-up, of everybody.
const WARM_UP_SHARE = 0.1
const TIMELINE_POINTS = 20

/**
 * `tasksPerSecond` from the end of the warm-up to the last mark, `seconds` of it, and `timeline` of [seconds, tasks per
 * second] from the first mark. A mark stands for `runsPerMark` runs of its process. null where there are too few.
 */
export function perSecond(effects) {
  const marks = effects
    .flatMap(({ marks, runsPerMark }) => marks.map((at) => ({ at, runs: runsPerMark })))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
  const ran = effects.reduce((sum, each) => sum + each.ran, 0)
  if (marks.length < 3) return { ran, tasksPerSecond: null, seconds: null, timeline: [] }
  const from = Math.floor(marks.length * WARM_UP_SHARE)
  const counted = marks.slice(from + 1)
  const seconds = between(marks[from], marks.at(-1))
  const runs = counted.reduce((sum, mark) => sum + mark.runs, 0)
  const tailSeconds = Math.max(...effects.map(({ endedAt }) => Number(endedAt - marks.at(-1).at) / 1e9))
  return { ran, tasksPerSecond: runs / seconds, seconds, tailSeconds, timeline: timeline(marks) }
}

/** In steps of equal time: tasks that do nothing run in bursts, a batch at a time. */
function timeline(marks) {
  const seconds = between(marks[0], marks.at(-1)) / TIMELINE_POINTS
  if (!(seconds > 0)) return []
  const runs = new Array(TIMELINE_POINTS).fill(0)
  for (const mark of marks.slice(1)) {
    const step = Math.min(TIMELINE_POINTS - 1, Math.floor(between(marks[0], mark) / seconds))
    runs[step] += mark.runs
  }
  return runs.map((count, step) => [round((step + 1) * seconds), Math.round(count / seconds)])
}

function between(one, other) {
  return Number(other.at - one.at) / 1e9
}

function round(value) {
  return Math.round(value * 1000) / 1000
}
