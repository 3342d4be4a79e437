// The page of /metrics, read as Prometheus reads it.
import { execa } from 'execa'

export interface Page {
  /** Of one series, such as `taskproc_tasks{queue="a",status="done"}`; labels in the order of their names. Undefined: absent. */
  value(series: string): number | undefined
  /** The series of a metric. */
  seriesOf(name: string): string[]
  /** The metrics that have a HELP, in their order. */
  readonly names: readonly string[]
}

const LINE = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g

/** Throws where a line is none. */
export function readPage(text: string): Page {
  const values = new Map<string, number>()
  const names: string[] = []
  for (const line of text.split('\n').filter(Boolean)) {
    const [, help] = /^# HELP (\S+) ./.exec(line) ?? []
    if (help !== undefined) names.push(help)
    if (line.startsWith('#')) continue
    const [, name, labels = '', value] = LINE.exec(line) ?? []
    if (name === undefined) throw new Error(`no line of metrics: ${line}`)
    const sorted = [...labels.matchAll(LABEL)].map(([label]) => label).sort()
    const series = sorted.length === 0 ? name : `${name}{${sorted.join(',')}}`
    if (values.has(series)) throw new Error(`twice: ${series}`)
    values.set(series, Number(value))
  }
  return {
    names,
    value: (series) => values.get(series),
    seriesOf: (name) => [...values.keys()].filter((key) => key === name || key.startsWith(`${name}{`)),
  }
}

/** What `promtool check metrics` says of the page, '' where it is content; undefined where there is no promtool. */
export async function promtoolProblems(text: string): Promise<string | undefined> {
  const { exitCode, stdout, stderr, failed, code } = await execa('promtool', ['check', 'metrics'], {
    input: text,
    reject: false,
  })
  if (code === 'ENOENT') return undefined
  return failed ? `status ${exitCode}: ${stdout}${stderr}` : stderr
}

export const NO_PROMTOOL = 'there is no promtool here: apt-get install prometheus'
