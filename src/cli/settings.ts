// Every setting by its names and its default, as text. Help, .env.example and error messages are made from this table;
// it imports nothing but more of them, so that `--help` and `--version` stay fast. What a value must look like stands in
// settings/values.ts.
import { API_TABLE } from './settings/api-settings.ts'
import { BENCH_TABLE } from './settings/bench-settings.ts'
import { SERVE_TABLE } from './settings/serve-settings.ts'
import type { Setting } from './settings/setting.ts'

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
  ...SERVE_TABLE,
  ...API_TABLE,
  count: { flag: '--count <number>', default: '20', about: 'How many tasks to insert' },
  kind: { flag: '--kind <kind>', default: 'reverse', about: 'The kind of the tasks' },
  intervalMs: {
    flag: '--interval <duration>',
    default: '1s',
    about: 'With --watch: how often it looks, 200ms to 1h',
  },
  maxAttempts: { flag: '--max-attempts <number>', default: '1', about: 'How often each may be tried' },
  ...BENCH_TABLE,
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof table
export const SETTINGS: Readonly<Record<SettingName, Setting>> = table

/** What every command with a database reads. */
export const COMMON = ['databaseUrl', 'listenDatabaseUrl', 'home', 'logLevel'] as const

/** Their flags may be repeated. */
export const LISTS: readonly SettingName[] = ['queues', 'programs', 'apiCorsOrigins', 'apiTrustedProxies']

export const SEED = ['count', 'kind', 'maxAttempts'] as const

/** `--fetch-interval <duration>` is given by commander as `fetchInterval`. */
export function flagProperty(flag: string): string {
  const name = flag.split(' ', 1)[0] ?? flag
  return name.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
