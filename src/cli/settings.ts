// Every setting by its names and its default, as text. Help, .env.example and error messages are made from this table;
// it imports nothing but more of them, so that `--help` and `--version` stay fast. What a value must look like stands in
// values.ts.
import { BENCH_TABLE } from './settings/bench-settings.ts'

export interface Setting {
  /** As commander wants it, with its placeholder. */
  readonly flag?: string
  /** The environment variable, also read from `.env`. */
  readonly variable?: string
  /** Read as if the user had written it; without one, the setting may be absent. */
  readonly default?: string
  readonly about: string
}

const table = {
  databaseUrl: {
    variable: 'DATABASE_URL',
    about:
      'The PostgreSQL to use, such as postgres://user:password@host:5432/database. Unset: the embedded one',
  },
  listenDatabaseUrl: {
    variable: 'LISTEN_DATABASE_URL',
    about:
      'A direct way to the same database, for LISTEN, where DATABASE_URL is a transaction pooler. Unset: DATABASE_URL',
  },
  home: {
    variable: 'TASKPROC_HOME',
    default: '.taskproc',
    about: 'The directory of the embedded PostgreSQL and its data',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    default: 'info',
    about: 'What is logged: trace, debug, info, warn, error, fatal or silent',
  },
  noColor: {
    variable: 'NO_COLOR',
    about: 'Set to anything: no colours and no spinners on a terminal either',
  },
  workers: {
    flag: '--workers <number>',
    variable: 'WORKER_COUNT',
    default: '5',
    about: 'How many tasks run at once',
  },
  fetchIntervalMs: {
    flag: '--fetch-interval <duration>',
    variable: 'FETCH_INTERVAL',
    default: '5s',
    about: 'The longest wait between two claims; a bare number is seconds, 500ms, 5s and 2m work',
  },
  fetchLimit: {
    flag: '--fetch-limit <number>',
    variable: 'FETCH_LIMIT',
    default: '10',
    about: 'How many tasks one claim takes at most',
  },
  queues: {
    flag: '--queue <name>',
    variable: 'QUEUES',
    about: 'A queue to serve, repeatable (in the variable: comma separated). None named: every queue',
  },
  handlers: {
    flag: '--handlers <file>',
    variable: 'HANDLERS',
    about: 'A JavaScript or TypeScript module with your handlers. None: only the built-in kind reverse',
  },
  programs: {
    flag: '--exec <kind=command>',
    variable: 'EXEC',
    about:
      'A program in any language that runs the tasks of a kind, repeatable (in the variable: one a line)',
  },
  drainTimeoutMs: {
    flag: '--drain-timeout <duration>',
    variable: 'DRAIN_TIMEOUT',
    default: '30s',
    about: 'How long running tasks may go on after a signal before they are stopped and given back',
  },
  leaseMs: {
    flag: '--lease <duration>',
    variable: 'LEASE',
    default: '15s',
    about: 'How long this process may be silent before others take its tasks over',
  },
  blockedLimitMs: {
    flag: '--blocked-limit <duration>',
    variable: 'BLOCKED_LIMIT',
    default: '5m',
    about: 'How long a handler may block this process before its lease is not renewed any more',
  },
  crashLimit: {
    flag: '--crash-limit <number>',
    variable: 'CRASH_LIMIT',
    default: '3',
    about: 'After so many processes died under a task it is quarantined in error',
  },
  processName: {
    flag: '--name <name>',
    variable: 'PROCESS_NAME',
    about: 'What logs and stats call this process. None: host, pid and a random part',
  },
  retainMs: {
    flag: '--retain <duration>',
    variable: 'RETAIN',
    about: 'Delete tasks that finished longer ago, bit by bit, such as 7d. None: nothing is deleted',
  },
  untilEmpty: {
    flag: '--until-empty',
    variable: 'UNTIL_EMPTY',
    default: 'false',
    about: 'Stop when no task of its kinds and queues is pending or running, in any process',
  },
  http: {
    flag: '--http <address>',
    variable: 'SERVE_HTTP',
    about: 'Serve the HTTP API in this process too, on [HOST:]PORT. None: no API',
  },
  apiHost: {
    flag: '--host <host>',
    variable: 'API_HOST',
    default: '127.0.0.1',
    about: 'The address that `api` listens on; any but a loopback one needs TASKPROC_API_TOKEN',
  },
  apiPort: {
    flag: '--port <number>',
    variable: 'API_PORT',
    default: '8080',
    about: 'The port that `api` listens on; 0 takes a free one',
  },
  apiToken: {
    variable: 'TASKPROC_API_TOKEN',
    about:
      'What requests have to show as `Authorization: Bearer TOKEN`, 16 characters or more. Unset: loopback only',
  },
  apiAllowReset: {
    flag: '--allow-reset',
    variable: 'API_ALLOW_RESET',
    default: 'false',
    about: 'Let DELETE /tasks delete all tasks',
  },
  apiCorsOrigins: {
    flag: '--cors-origin <origin>',
    variable: 'API_CORS_ORIGINS',
    about:
      'An origin of web pages that may call, repeatable (in the variable: comma separated). None: no other',
  },
  apiTrustedProxies: {
    flag: '--trust-proxy <address>',
    variable: 'API_TRUSTED_PROXIES',
    about:
      'An address or network of a proxy whose X-Forwarded-For is believed, repeatable (in the variable: comma separated)',
  },
  count: { flag: '--count <number>', default: '20', about: 'How many tasks to insert' },
  kind: { flag: '--kind <kind>', default: 'reverse', about: 'The kind of the tasks' },
  intervalMs: {
    flag: '--interval <duration>',
    default: '1s',
    about: 'With --watch: how often it looks, 200ms to 1h',
  },
  maxAttempts: { flag: '--max-attempts <number>', default: '1', about: 'How often each may be tried' },
  claimers: { flag: '--claimers <number>', default: '15', about: 'How many ask at the same instant' },
  raceTasks: { flag: '--tasks <number>', default: '30', about: 'How many tasks there are in a round' },
  rounds: { flag: '--rounds <number>', default: '3', about: 'How many rounds' },
  apiUrl: {
    flag: '--url <url>',
    about: 'Ask the API there, such as http://127.0.0.1:8080, instead of the database',
  },
  ...BENCH_TABLE,
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof table
export const SETTINGS: Readonly<Record<SettingName, Setting>> = table

/** What every command with a database reads. */
export const COMMON = ['databaseUrl', 'listenDatabaseUrl', 'home', 'logLevel'] as const

/** The settings of `serve` and of `seed` that have a flag, in the order of the help. */
export const SERVE = [
  'workers',
  'fetchIntervalMs',
  'fetchLimit',
  'queues',
  'handlers',
  'programs',
  'drainTimeoutMs',
  'leaseMs',
  'blockedLimitMs',
  'crashLimit',
  'processName',
  'retainMs',
  'untilEmpty',
  'http',
] as const

/** The settings of `api` that have a flag; `serve --http` reads them from their variables. */
export const API = [
  'apiHost',
  'apiPort',
  'apiAllowReset',
  'apiCorsOrigins',
  'apiTrustedProxies',
  'crashLimit',
] as const
/** What an API is made from, wherever it listens. */
export const API_GUARD = [
  'apiToken',
  'apiAllowReset',
  'apiCorsOrigins',
  'apiTrustedProxies',
  'crashLimit',
] as const

/** Their flags may be repeated. */
export const LISTS: readonly SettingName[] = ['queues', 'programs', 'apiCorsOrigins', 'apiTrustedProxies']

export const RACE = ['claimers', 'raceTasks', 'rounds', 'apiUrl'] as const
export const SEED = ['count', 'kind', 'maxAttempts'] as const

/** `--fetch-interval <duration>` is given by commander as `fetchInterval`. */
export function flagProperty(flag: string): string {
  const name = flag.split(' ', 1)[0] ?? flag
  return name.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
