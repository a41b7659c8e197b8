import { writeFileSync } from 'node:fs'
import type { Reporter } from 'vitest/node'

/**
 * Counts tests for the last line of `npm test`. A file that could not be loaded, a hook that failed and an error
 * outside of any test each count as one failure, so that "0 failed" is never said of a run that was not whole.
 */
export function counts(file: string): Reporter {
  return {
    onTestRunEnd(modules, unhandled) {
      let passed = 0
      let failed = unhandled.length
      for (const module of modules) {
        if (module.errors().length > 0) failed += 1
        for (const suite of module.children.allSuites()) {
          if (suite.errors().length > 0) failed += 1
        }
        for (const test of module.children.allTests()) {
          const { state } = test.result()
          if (state === 'passed') passed += 1
          if (state === 'failed') failed += 1
        }
      }
      writeFileSync(file, JSON.stringify({ passed, failed }))
    },
  }
}
