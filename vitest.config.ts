import { defineConfig } from 'vitest/config'
import { counts } from './scripts/counts.ts'

const countsFile = process.env.LANDFALL_TEST_COUNTS

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
    globalSetup: ['test/temporary-folders.ts'],
    // A process of its own for each file: tests start nodes, which own a port, a data folder and signal handlers.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is awaited comes within milliseconds; a machine that is busy with the other worker may take longer.
    expect: { poll: { timeout: 15_000 } },
    reporters: countsFile === undefined ? ['default'] : ['default', counts(countsFile)],
  },
})
