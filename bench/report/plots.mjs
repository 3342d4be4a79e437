// Which plots there are: a bar for each subject of a group, and the course of one drain.

import { bars, lines } from './plot.mjs'
import { keys, medianOf, nameOf, rounds, waitOf } from './results.mjs'
import { figure } from './words.mjs'

const TITLES = {
  drain: 'Drain of no-ops, tuned, one process: tasks per second',
  defaults: 'Drain of no-ops, default settings: tasks per second',
  fourProcesses: 'Drain of no-ops, tuned, four processes: tasks per second',
}

/** By the name of the file. What a run did not measure has no plot. */
export function plots(results) {
  const drawn = {}
  for (const [group, title] of Object.entries(TITLES)) {
    const items = keys(results, group).flatMap((key) => barOf(results, group, key))
    if (items.length > 0) drawn[group] = bars(title, items)
  }
  const waits = keys(results, 'latency').flatMap((key) => waitBar(results, key))
  if (waits.length > 0)
    drawn.latency = bars('Enqueue to start, idle system: p50, and p99 as its whisker', waits)
  const courses = keys(results, 'drain').flatMap((key) => course(results, key))
  if (courses.length > 0)
    drawn.course = lines('The course of a drain, one process: tasks per second', courses)
  return drawn
}

function barOf(results, group, key) {
  const value = medianOf(results, group, key, 'tasksPerSecond')
  if (value === null) return []
  const all = rounds(results, group, key).flatMap(({ tasksPerSecond }) => tasksPerSecond ?? [])
  const label = nameOf(results, key)
  return [
    {
      label,
      value,
      min: Math.min(...all),
      max: Math.max(...all),
      isOurs: key === 'taskproc',
      text: figure(value),
    },
  ]
}

function waitBar(results, key) {
  const [value, max] = [0.5, 0.99].map((share) => waitOf(results, 'latency', key, share))
  if (value === null) return []
  const text = `${figure(value, ' ms')}, ${figure(max, ' ms')}`
  return [{ label: nameOf(results, key), value, min: value, max, isOurs: key === 'taskproc', text }]
}

/** Of the last round: the machine is warm. */
function course(results, key) {
  const points = rounds(results, 'drain', key).at(-1)?.timeline ?? []
  return points.length > 1 ? [{ label: nameOf(results, key).split(' ')[0], points }] : []
}
