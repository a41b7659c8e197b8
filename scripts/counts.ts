import { writeFileSync } from 'node:fs'
import type { Reporter } from 'vitest/node'

/**
 * Counts tests for the last line of `npm test`. A file that could not be loaded, a hook that failed and an error
 * outside of any test each count as one failure, so that "0 failed" is never said of a run that was not whole. Those
 * that were left out, for want of something that not every machine has, are counted by file and what they are about.
 */
export function counts(file: string): Reporter {
  return {
    onTestRunEnd(modules, unhandled) {
      let passed = 0
      let failed = unhandled.length
      const skipped: Record<string, number> = {}
      for (const module of modules) {
        if (module.errors().length > 0) failed += 1
        for (const suite of module.children.allSuites()) {
          if (suite.errors().length > 0) failed += 1
        }
        for (const test of module.children.allTests()) {
          const { state } = test.result()
          if (state === 'passed') passed += 1
          if (state === 'failed') failed += 1
          if (state !== 'skipped') continue
          const where = `${module.relativeModuleId}: ${test.fullName.split(' > ')[0]}`
          skipped[where] = (skipped[where] ?? 0) + 1
        }
      }
      writeFileSync(file, JSON.stringify({ passed, failed, skipped }))
    },
  }
}
