// The settings of `bench`, as texts: a part of the table in settings.ts. Each measurement has defaults of its own for what
// is absent here.
import type { Setting } from './setting.ts'

export const BENCH_TABLE = {
  inPlace: {
    flag: '--in-place',
    default: 'false',
    about: 'Use rows of its own in this database instead of a scratch database beside it',
  },
  plot: { flag: '--plot <file>', about: 'Draw its course over time into this SVG file' },
  benchTasks: { flag: '--tasks <number>', about: 'How many tasks. Default: what takes a few seconds' },
  rate: { flag: '--rate <number>', default: '1000', about: 'How many tasks arrive in a second' },
  seconds: { flag: '--seconds <number>', default: '20', about: 'For how long they arrive' },
  evenly: { flag: '--evenly', default: 'false', about: 'At equal distances, not at random (Poisson)' },
  clients: {
    flag: '--clients <number>',
    default: '16',
    about: 'How many clients insert single tasks at once',
  },
  goneBy: {
    flag: '--gone-by <number>',
    default: '120000',
    about: 'How many tasks are run while the snapshot is held, at least',
  },
  recoveryMs: {
    flag: '--recovery <duration>',
    default: '60s',
    about: 'How long it tries whether it is as fast as before, after the snapshot is released',
  },
  finished: {
    flag: '--finished <number>',
    default: '200000',
    about: 'How many finished tasks there are in the end; first none, then a tenth',
  },
  backlog: {
    flag: '--backlog <number>',
    default: '100000',
    about: 'How many tasks wait in the future, for a kind that nobody serves, in a paused queue',
  },
  tuned: {
    flag: '--tuned',
    default: 'false',
    about: 'With the settings that are fastest for tasks that do nothing, not the defaults of serve',
  },
  processes: { flag: '--processes <number>', default: '1', about: 'How many processes run the tasks' },
  payloadBytes: {
    flag: '--payload-bytes <number>',
    default: '64',
    about: 'How large the payload of each task is, as JSON',
  },
  benchWorkers: {
    flag: '--workers <number>',
    about: 'The workers of each process. Default: as serve, or as tuned',
  },
  benchFetchLimit: {
    flag: '--fetch-limit <number>',
    about: 'How many tasks one claim takes at most. Default: as serve, or as tuned',
  },
  claimers: { flag: '--claimers <number>', default: '15', about: 'How many ask at the same instant' },
  raceTasks: { flag: '--tasks <number>', default: '30', about: 'How many tasks there are in a round' },
  rounds: { flag: '--rounds <number>', default: '3', about: 'How many rounds' },
  apiUrl: {
    flag: '--url <url>',
    about: 'Ask the API there, such as http://127.0.0.1:8080, instead of the database',
  },
} as const satisfies Record<string, Setting>

export const BENCH_PLACE = ['inPlace', 'plot'] as const
const BENCH_ENGINE = ['processes', 'benchWorkers', 'benchFetchLimit', 'payloadBytes'] as const
export const BENCH_DRAIN = ['benchTasks', 'tuned', ...BENCH_ENGINE] as const
export const BENCH_STEADY = ['rate', 'seconds', 'evenly', 'tuned', ...BENCH_ENGINE] as const
export const BENCH_LATENCY = ['benchTasks', ...BENCH_ENGINE] as const
export const BENCH_ENQUEUE = ['benchTasks', 'clients', 'payloadBytes'] as const
export const BENCH_HOLD = ['benchTasks', 'goneBy', 'recoveryMs', ...BENCH_ENGINE] as const
export const BENCH_GROWTH = ['benchTasks', 'finished', 'backlog', ...BENCH_ENGINE] as const
export const BENCH_ALL = ['benchTasks', 'payloadBytes'] as const
export const RACE = ['claimers', 'raceTasks', 'rounds', 'apiUrl'] as const
