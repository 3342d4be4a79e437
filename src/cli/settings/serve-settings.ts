// The settings of `serve`, as texts: a part of the table in settings.ts.
import type { Setting } from './setting.ts'

export const SERVE_TABLE = {
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
} as const satisfies Record<string, Setting>

/** Those that have a flag, in the order of the help. */
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
