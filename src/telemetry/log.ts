// The log: JSON lines for programs, one readable line for each event on a terminal. It goes to stderr; stdout is for data.
import { type Logger, pino } from 'pino'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>

export interface LogOptions {
  stream: { write(text: string): unknown }
  /** trace, debug, info, warn, error, fatal or silent. */
  level: string
  isReadable: boolean
  hasColour: boolean
}

/**
 * A log that writes each line with one `write` of `stream`, at once: nothing is buffered here that an exit could lose,
 * and a spinner that hooks the stream can step aside for the line.
 */
export async function createLog({ stream, level, isReadable, hasColour }: LogOptions): Promise<Log> {
  const format = isReadable ? await readableLine(hasColour) : (line: string) => line
  const log: Log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => stream.write(format(line)) },
  )
  return log
}

/** `14:03:07 worker 2  reverse #7 started`: the colour tells the level, the fields are left to programs. */
async function readableLine(hasColour: boolean): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory({
    colorize: hasColour,
    customColors: 'message:reset',
    hideObject: true,
    ignore: 'time,level',
    messageFormat: (log, key, _label, { colors }) => {
      const paint = colors[colourOf(log)]
      return `${colors.gray(localTime(String(log['time'])))} ${paint(String(log[key]))}`
    },
  })
  return (line) => pretty(line) ?? ''
}

function colourOf({ level, verb }: Record<string, unknown>): 'red' | 'yellow' | 'green' | 'reset' | 'gray' {
  if (level === 'error' || level === 'fatal') return 'red'
  if (level === 'warn') return 'yellow'
  if (level !== 'info') return 'gray'
  return verb === 'complete' ? 'green' : 'reset'
}

function localTime(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8)
}
