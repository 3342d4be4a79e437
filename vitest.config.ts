import { defineConfig } from 'vitest/config'

const report = process.env['TEST_REPORT']

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/server.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 4,
    // For programs: the results as JSON, in the file that TEST_REPORT names.
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
