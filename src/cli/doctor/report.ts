// What doctor says to people: what is sound, then each finding with its evidence and what to type. The worst is the last:
// on a screen with fewer rows than this has lines, it is what stays in sight.
import type { Diagnosis } from '../../db/doctor/examine.ts'
import type { Finding, Severity } from '../../db/doctor/finding.ts'
import { count, oneLine } from '../../telemetry/words.ts'
import { print } from '../output.ts'
import { isDecorated, isScreen, type Terminal } from '../terminal.ts'
import { typed } from '../typed.ts'
import { wrap } from '../wrap.ts'

const DEFAULT_COLUMNS = 80
/** Evidence may hold a statement and a list of names. */
const LONGEST_LINE = 2_000
const BOLD = '\u001b[1m'
const PLAIN = '\u001b[0m'

/** Prints `diagnosis`; wrapped to a screen, and each line whole in a pipe. */
export function printReport(terminal: Terminal, { findings, checks }: Diagnosis): void {
  const columns = isScreen(terminal.stdout)
    ? terminal.stdout.columns || DEFAULT_COLUMNS
    : Number.POSITIVE_INFINITY
  const isBold = isDecorated(terminal.stdout, terminal.env)
  const sound = checks
    .filter(({ ok }) => ok !== false)
    .flatMap(({ name, ok, note }) =>
      wrap(oneLine(`${name}: ${note}`, LONGEST_LINE), columns, ok ? 'ok  ' : '?   '),
    )
  const wrong = findings
    .toReversed()
    .flatMap((finding) => ['', ...findingLines(finding, columns, isBold, terminal)])
  print(
    terminal,
    [
      ...sound,
      ...wrong,
      '',
      ...wrap(summary(findings), columns),
      ...wrap(typed(HINT, terminal), columns),
    ].join('\n'),
  )
}

function findingLines(
  { severity, name, evidence, fix }: Finding,
  columns: number,
  isBold: boolean,
  terminal: Terminal,
): string[] {
  const title = `${severity}: ${name}`
  const fixes = fix.split('\n').flatMap((line, index) => {
    const room = COPIED.test(line) ? Number.POSITIVE_INFINITY : columns
    return safe(typed(line, terminal), room, index === 0 ? '  fix: ' : '       ')
  })
  return [isBold ? `${BOLD}${title}${PLAIN}` : title, ...safe(evidence, columns, '  '), ...fixes]
}

/** A command or a statement stays in one line, so that it can be copied. */
const COPIED = /^(taskproc|df) |;( --.*)?$/

function safe(text: string, columns: number, first: string): string[] {
  return wrap(oneLine(text, LONGEST_LINE), columns, first)
}

function summary(findings: readonly Finding[]): string {
  const of = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length
  const parts = [count(of('error'), 'error'), count(of('warning'), 'warning'), `${of('info')} info`]
  const said = parts.filter((part) => !part.startsWith('0 ')).join(', ')
  return said === '' ? 'nothing is wrong' : `found: ${said}`
}

/** It reads every row, so it is no check of doctor's. */
const HINT = 'To look for rows that must not be: taskproc verify'
