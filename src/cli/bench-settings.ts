// The settings of `bench`, as texts: a part of the table in settings.ts. Each measurement has defaults of its own for what
// is absent here.
import type { Setting } from './settings.ts'

export const BENCH_TABLE = {
  inPlace: {
    flag: '--in-place',
    default: 'false',
    about: 'Use rows of its own in this database instead of a scratch database beside it',
  },
  plot: { flag: '--plot <file>', about: 'Draw throughput and latency over time into this SVG file' },
  drainTasks: { flag: '--tasks <number>', about: 'How many tasks. Default: 30000, tuned 300000' },
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
} as const satisfies Record<string, Setting>

export const BENCH_PLACE = ['inPlace', 'plot'] as const
export const BENCH_ENGINE = ['processes', 'benchWorkers', 'benchFetchLimit', 'payloadBytes'] as const
export const BENCH_DRAIN = ['drainTasks', 'tuned', ...BENCH_ENGINE] as const
