// What each setting must look like: from the text a user wrote to a value, with the sentence that is shown when it is wrong.
import { isIP } from 'node:net'
import { z } from 'zod'
import { durationText, parseDuration, UNIT_MS } from '../../task/duration.ts'
import { LIMITS } from '../../task/limits.ts'
import type { SettingName } from '../settings.ts'

const DAY_MS = UNIT_MS.d

/** A whole number in decimal digits; `1e9`, `0x10` and `5.0` are refused, as typing errors. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  const isWithin = (text: string): boolean =>
    /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max
  return z.string().refine(isWithin, `must be a whole number from ${min} to ${max}`).transform(Number)
}

/** A time in milliseconds; a bare number is seconds. */
export function duration(minMs: number, maxMs: number): z.ZodType<number, string> {
  const sentence = `must be a time from ${durationText(minMs)} to ${durationText(maxMs)}, such as 500ms, 5s or 2m`
  return z.string().transform((text, context) => {
    const ms = parseDuration(text, 's')
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms
    context.addIssue(sentence)
    return z.NEVER
  })
}

// The database bounds names too; it counts characters and refuses U+0000.
const nameSentence = `must be a name of 1 to ${LIMITS.nameChars} characters without control characters`
export const name = z.string().regex(new RegExp(`^\\P{Cc}{1,${LIMITS.nameChars}}$`, 'u'), nameSentence)

/** Flags come as a list, the variable as one text with commas. */
const names = z
  .union([z.array(name), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
  .pipe(z.array(name))

/** Flags come as a list, the variable as one text with a definition on each line. */
const lines = z
  .union([z.array(z.string()), z.string().transform((text) => text.split('\n').map((line) => line.trim()))])
  .transform((all) => all.filter((line) => line !== ''))

const databaseUrl = z
  .string()
  .refine(isPostgresUrl, 'must be a URL such as postgres://user:password@host:5432/database')

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

/** Flags come as a list, the variable as one text with commas. */
function list(item: z.ZodType<string, string>) {
  return z
    .union([z.array(z.string()), z.string().transform((text) => text.split(',').map((part) => part.trim()))])
    .pipe(z.array(item))
}

const token = z
  .string()
  .regex(/^[\x21-\x7e]{16,1024}$/, 'must have 16 to 1024 characters of ASCII, without spaces')

const origin = z
  .string()
  .refine(isOrigin, 'must be the origin of a web page, such as https://ops.example.com')

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

const proxySentence = 'must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8'
const proxy = z.string().refine((text) => {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  const isMask = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  return version !== 0 && isMask && rest.length === 0
}, proxySentence)

/** `8080`, `0.0.0.0:8080`, `[::1]:8080`. */
const address = z.string().transform((text, context) => {
  const [, host = DEFAULT_HOST, digits] = /^(?:(\[[0-9a-f:.]+\]|[^:[\]]+):)?(\d{1,5})$/i.exec(text) ?? []
  const port = Number(digits ?? Number.NaN)
  if (port <= LAST_PORT) return { host: host.replace(/^\[(.*)\]$/, '$1'), port }
  context.addIssue('must be [HOST:]PORT, such as 8080 or 0.0.0.0:8080')
  return z.NEVER
})

const DEFAULT_HOST = '127.0.0.1'
const LAST_PORT = 65_535

const httpUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'must be a URL such as http://127.0.0.1:8080',
  )

const yes = ['true', '1', 'yes', 'on']
const no = ['false', '0', 'no', 'off']
const truth = z
  .string()
  .refine((text) => [...yes, ...no].includes(text.toLowerCase()), 'must be true or false')
  .transform((text) => yes.includes(text.toLowerCase()))

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export const VALUES = {
  databaseUrl: databaseUrl.optional(),
  listenDatabaseUrl: databaseUrl.optional(),
  home: z.string(),
  logLevel: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`),
  noColor: z.string().optional(),
  workers: wholeNumber(1, 1000),
  // Below this a process does nothing but poll; above a day it would seem dead to who watches it.
  fetchIntervalMs: duration(10, DAY_MS),
  fetchLimit: wholeNumber(1, 1000),
  queues: names.optional(),
  handlers: z.string().optional(),
  programs: lines.optional(),
  drainTimeoutMs: duration(0, DAY_MS),
  // A beat is due three times in a lease: shorter ones lose healthy processes to a slow network.
  leaseMs: duration(1000, UNIT_MS.h),
  blockedLimitMs: duration(1000, DAY_MS),
  // Below 2 a single crash would be the end of every task that was in its process.
  crashLimit: wholeNumber(2, 100),
  processName: name.optional(),
  retainMs: duration(1000, LIMITS.delayMs).optional(),
  untilEmpty: truth,
  http: address.optional(),
  apiHost: z.string().min(1, 'must be an address or a name of this machine'),
  apiPort: wholeNumber(0, LAST_PORT),
  apiToken: token.optional(),
  apiAllowReset: truth,
  apiCorsOrigins: list(origin).optional(),
  apiTrustedProxies: list(proxy).optional(),
  count: wholeNumber(1, 1_000_000),
  kind: name,
  maxAttempts: wholeNumber(1, LIMITS.maxAttempts),
  // Nobody sees more than five changes in a second; who looks once an hour wants something else.
  intervalMs: duration(200, UNIT_MS.h),
  // Each has a connection of its own.
  claimers: wholeNumber(1, 500),
  raceTasks: wholeNumber(1, 10_000),
  rounds: wholeNumber(1, 100),
  apiUrl: httpUrl.optional(),
  inPlace: truth,
  plot: z.string().min(1, 'must be the name of a file').optional(),
  // Every time of every task is kept in memory.
  benchTasks: wholeNumber(1, 10_000_000).optional(),
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
  benchWorkers: wholeNumber(1, 1000).optional(),
  benchFetchLimit: wholeNumber(1, 1000).optional(),
} satisfies Record<SettingName, z.ZodType>
