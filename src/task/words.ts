// Numbers in words, for sentences, log lines, progress, tables and findings.

const MINUTE_S = 60
const HOUR_S = 60 * MINUTE_S
const DAY_S = 24 * HOUR_S

/** A time that passed: `3 ms`, `2.3 s`, `12 s`, `3 min 20 s`, `5 h 12 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < MINUTE_S) return `${seconds} s`
  if (seconds < HOUR_S) return pair(seconds, MINUTE_S, 'min', 1, 's')
  if (seconds < DAY_S) return pair(seconds, HOUR_S, 'h', MINUTE_S, 'min')
  return pair(seconds, DAY_S, 'd', HOUR_S, 'h')
}

function pair(seconds: number, largeS: number, large: string, smallS: number, small: string): string {
  const rest = Math.floor((seconds % largeS) / smallS)
  return `${Math.floor(seconds / largeS)} ${large}${rest > 0 ? ` ${rest} ${small}` : ''}`
}

/** `1 task`, `20,000 tasks`. */
export function count(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`
}

/** `1,234,567`, the same in every locale: tables are read by scripts too. */
export function grouped(number: number): string {
  // By hand: the first use of a locale loads its data, 10 ms.
  if (Number.isSafeInteger(number)) return String(number).replace(/\B(?=(?:\d{3})+$)/g, ',')
  return number.toLocaleString('en-US')
}

/** Tasks in each second: `0.4/s`, `12.5/s`, `61,200/s`. */
export function rate(perSecond: number): string {
  return perSecond < 100 ? `${perSecond.toFixed(1)}/s` : `${grouped(Math.round(perSecond))}/s`
}

const BYTE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** In units of 1024, as PostgreSQL counts them: `512 bytes`, `8 kB`, `1.5 GB`. */
export function bytes(number: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(Math.max(number, 1)) / 10))
  const value = number / 1024 ** power
  return `${power > 0 && value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${BYTE_UNITS[power]}`
}
