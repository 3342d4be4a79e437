// The table of the README: everybody's figures in four columns, put between its two marks.
import { keys, medianOf, nameOf, waitOf } from './results.mjs'
import { figure, table } from './words.mjs'

const [BEGIN, END] = ['<!-- figures: begin -->', '<!-- figures: end -->']

/** `readme` with the table of this run in the place of the last one. Throws where the marks are missing. */
export function withFigures(readme, results) {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)]
  if (begin === -1 || end < begin) throw new Error(`the README has no ${BEGIN} before ${END}`)
  return `${readme.slice(0, begin + BEGIN.length)}\n${summary(results)}\n${readme.slice(end)}`
}

function summary(results) {
  const rate = (group, key) => figure(medianOf(results, group, key, 'tasksPerSecond'))
  const wait = (key) =>
    `${figure(waitOf(results, 'latency', key, 0.5), ' ms')} / ${figure(waitOf(results, 'latency', key, 0.99), ' ms')}`
  const subjects = keys(results, 'drain').filter((key) => results.subjects[key] !== undefined)
  const rows = subjects.map((key) => [
    nameOf(results, key),
    rate('drain', key),
    rate('fourProcesses', key),
    rate('defaults', key),
    wait(key),
  ])
  const bare = keys(results, 'latency').includes('bare') ? wait('bare') : ''
  const floor = ['the floor', rate('drain', 'floor'), rate('fourProcesses', 'floor'), '', bare]
  const { cores, postgres } = results.machine
  return [
    table(
      ['tasks/s', 'tuned', 'tuned, 4 processes', 'default settings', 'idle: enqueue to start, p50 / p99'],
      [...rows, floor],
    ),
    `\n${results.startedAt.slice(0, 10)}, PostgreSQL ${postgres.split(' ')[0]}, ${cores} cores for the server and its clients.`,
  ].join('\n')
}
