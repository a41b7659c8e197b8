import { configDefaults, defineConfig } from 'vitest/config'
import { counts } from './scripts/counts.ts'

const countsFile = process.env.LANDFALL_TEST_COUNTS
const all = ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/test/**/*.test.ts']
/**
 * Files that follow one another in a process: what they start there they also end, and a second less is spent on each than
 * on loading everything once more.
 */
const sharing = ['src/**/*.test.ts', 'test/walk/*.test.ts', 'test/wire/*.test.ts']
/** Those of `sharing` that still have a process each: they set what is set for a whole process, or look at all that it has. */
const apart = ['src/cli/*.test.ts', 'src/functions/*.test.ts', 'src/store/*.test.ts', 'src/blobs/*.test.ts']

export default defineConfig({
  test: {
    globalSetup: ['test/temporary-folders.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is awaited comes within milliseconds; a machine that is busy with something else may take far longer.
    expect: { poll: { timeout: 45_000, interval: 20 } },
    reporters: countsFile === undefined ? ['default'] : ['default', counts(countsFile)],
    projects: [
      {
        extends: true,
        test: { name: 'shared', include: sharing, exclude: [...configDefaults.exclude, ...apart], isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: [...all.slice(1), ...apart],
          exclude: [...configDefaults.exclude, ...sharing.slice(1)],
        },
      },
    ],
  },
})
