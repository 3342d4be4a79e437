import { defineConfig } from 'vitest/config'
import { Order, SHARED } from './test/support/order.ts'

const report = process.env['TEST_REPORT']

// To begin a process for a file costs as much as most of these files. None of them changes what is global and leaves it so.
const shared = ['test/{cli,task,db,engine,telemetry,http,handlers,library}/**/*.test.ts']
const each = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  maxWorkers: 4,
  setupFiles: ['test/support/file-end.ts'],
}

export default defineConfig({
  test: {
    globalSetup: ['test/support/server.ts'],
    maxWorkers: each.maxWorkers,
    sequence: { sequencer: Order },
    projects: [
      { test: { ...each, name: SHARED, include: shared, isolate: false } },
      { test: { ...each, name: 'stories', include: ['test/**/*.test.ts'], exclude: shared } },
    ],
    // For programs: the results as JSON, in the file that TEST_REPORT names.
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
