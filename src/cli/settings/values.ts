// What each setting must look like: from the text a user wrote to a value, with the sentence that is shown when it is wrong.
import { isIP } from 'node:net'
import { durationText, parseDuration, UNIT_MS } from '../../task/duration.ts'
import { LIMITS } from '../../task/limits.ts'
import { NAME, NAME_PROBLEM } from '../../task/name.ts'
import type { SettingName } from '../settings.ts'
import { anyText, type Check, listOf, oneOf, optional, text, textThat } from './checks.ts'

const DAY_MS = UNIT_MS.d

/** A whole number in decimal digits; `1e9`, `0x10` and `5.0` are refused, as typing errors. */
export function wholeNumber(min: number, max: number): Check<number> {
  return text(`must be a whole number from ${min} to ${max}`, (typed) => {
    const number = /^\d{1,15}$/.test(typed) ? Number(typed) : Number.NaN
    return number >= min && number <= max ? number : undefined
  })
}

/** A time in milliseconds; a bare number is seconds. */
export function duration(minMs: number, maxMs: number): Check<number> {
  const sentence = `must be a time from ${durationText(minMs)} to ${durationText(maxMs)}, such as 500ms, 5s or 2m`
  return text(sentence, (typed) => {
    const ms = parseDuration(typed, 's')
    return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined
  })
}

export const name = textThat(NAME_PROBLEM, (typed) => NAME.test(typed))

/** Flags come as a list, the variable as one text with commas. */
const names = listOf(name, ',')

/** Flags come as a list, the variable as one text with a definition on each line. */
const lines: Check<string[]> = (typed) => {
  const checked = listOf(anyText, '\n')(typed)
  return 'sentence' in checked ? checked : { value: checked.value.filter((line) => line !== '') }
}

const databaseUrl = textThat(
  'must be a URL such as postgres://user:password@host:5432/database',
  isPostgresUrl,
)

/** Whether pg will make sense of it. Without a host (`postgres://user@/db?host=/socket/directory`) it is no URL by the book. */
function isPostgresUrl(text: string): boolean {
  const [, rest] = /^postgres(?:ql)?:\/\/(.+)$/i.exec(text) ?? []
  if (rest === undefined) return false
  try {
    const url = new URL(`postgres://${rest.replace(/^([^/?#]*@)?(?=[/?#]|$)/, '$1localhost')}`)
    for (const part of [url.username, url.password, url.pathname, url.hostname]) decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

const token = textThat('must have 16 to 1024 characters of ASCII, without spaces', (typed) =>
  /^[\x21-\x7e]{16,1024}$/.test(typed),
)

const origin = textThat('must be the origin of a web page, such as https://ops.example.com', isOrigin)

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

const proxy = textThat('must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8', (typed) => {
  const [address = '', bits, ...rest] = typed.split('/')
  const version = isIP(address)
  const isMask = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  return version !== 0 && isMask && rest.length === 0
})

/** `8080`, `0.0.0.0:8080`, `[::1]:8080`. */
const address = text('must be [HOST:]PORT, such as 8080 or 0.0.0.0:8080', (typed) => {
  const [, host = DEFAULT_HOST, digits] = /^(?:(\[[0-9a-f:.]+\]|[^:[\]]+):)?(\d{1,5})$/i.exec(typed) ?? []
  const port = Number(digits ?? Number.NaN)
  return port <= LAST_PORT ? { host: host.replace(/^\[(.*)\]$/, '$1'), port } : undefined
})

const DEFAULT_HOST = '127.0.0.1'
const LAST_PORT = 65_535

const httpUrl = textThat(
  'must be a URL such as http://127.0.0.1:8080',
  (typed) => URL.canParse(typed) && /^https?:$/.test(new URL(typed).protocol),
)

const TRUTHS: Readonly<Record<string, boolean>> = {
  ...{ true: true, 1: true, yes: true, on: true },
  ...{ false: false, 0: false, no: false, off: false },
}
const truth = text('must be true or false', (typed) =>
  Object.hasOwn(TRUTHS, typed.toLowerCase()) ? TRUTHS[typed.toLowerCase()] : undefined,
)

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export const VALUES = {
  databaseUrl: optional(databaseUrl),
  listenDatabaseUrl: optional(databaseUrl),
  home: anyText,
  logLevel: oneOf(LOG_LEVELS),
  noColor: optional(anyText),
  workers: wholeNumber(1, 1000),
  // Below this a process does nothing but poll; above a day it would seem dead to who watches it.
  fetchIntervalMs: duration(10, DAY_MS),
  fetchLimit: wholeNumber(1, 5000),
  queues: optional(names),
  handlers: optional(anyText),
  programs: optional(lines),
  drainTimeoutMs: duration(0, DAY_MS),
  // A beat is due three times in a lease: shorter ones lose healthy processes to a slow network.
  leaseMs: duration(1000, UNIT_MS.h),
  blockedLimitMs: duration(1000, DAY_MS),
  // Below 2 a single crash would be the end of every task that was in its process.
  crashLimit: wholeNumber(2, 100),
  processName: optional(name),
  retainMs: optional(duration(1000, LIMITS.delayMs)),
  untilEmpty: truth,
  http: optional(address),
  apiHost: textThat('must be an address or a name of this machine', (typed) => typed !== ''),
  apiPort: wholeNumber(0, LAST_PORT),
  apiToken: optional(token),
  apiAllowReset: truth,
  apiCorsOrigins: optional(listOf(origin, ',')),
  apiTrustedProxies: optional(listOf(proxy, ',')),
  count: wholeNumber(1, 1_000_000),
  kind: name,
  maxAttempts: wholeNumber(1, LIMITS.maxAttempts),
  // Nobody sees more than five changes in a second; who looks once an hour wants something else.
  intervalMs: duration(200, UNIT_MS.h),
  // Each has a connection of its own.
  claimers: wholeNumber(1, 500),
  raceTasks: wholeNumber(1, 10_000),
  rounds: wholeNumber(1, 100),
  apiUrl: optional(httpUrl),
  inPlace: truth,
  plot: optional(textThat('must be the name of a file', (typed) => typed !== '')),
  // Every time of every task is kept in memory.
  benchTasks: optional(wholeNumber(1, 10_000_000)),
  rate: wholeNumber(1, 100_000),
  seconds: wholeNumber(1, 3_600),
  evenly: truth,
  clients: wholeNumber(1, 200),
  goneBy: wholeNumber(0, 100_000_000),
  recoveryMs: duration(0, UNIT_MS.h),
  finished: wholeNumber(10, 100_000_000),
  backlog: wholeNumber(1, 100_000_000),
  tuned: truth,
  processes: wholeNumber(1, 64),
  payloadBytes: wholeNumber(2, LIMITS.payloadBytes),
  benchWorkers: optional(wholeNumber(1, 1000)),
  benchFetchLimit: optional(wholeNumber(1, 5000)),
} satisfies Record<SettingName, Check<unknown>>
