import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
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
/** Those that take longest and are not the largest files, by which Vitest orders them: begun first, none is left alone at the end. */
const longest = [
  'test/checker/checker.test.ts',
  'test/e2e/framework-3.test.ts',
  'test/e2e/acceptance.test.ts',
  'test/runtimes/clients.test.ts',
  'test/e2e/sam.test.ts',
  'test/runtimes/podman.test.ts',
  'test/e2e/osls.test.ts',
  'test/crash/node.test.ts',
  'test/add-a-service.test.ts',
  'test/e2e/reload.test.ts',
  'test/wire/cloudformation-crash-parts.test.ts',
  'test/wire/protocol-roundtrip.test.ts',
  'test/wire/cloudformation-python.test.ts',
  'test/wire/lambda-states.test.ts',
  'test/wire/lambda-images.test.ts',
  'test/wire/dynamodb-python.test.ts',
  'test/walk/lambda.test.ts',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longest.findIndex((path) => moduleId.endsWith(`/${path}`))
      return at === -1 ? longest.length : at
    }
    const sorted = await super.sort(files)
    // Files of a project stay together: those that share a process follow one another.
    const projects = [...new Set(sorted.map(({ project }) => project))]
    return projects.flatMap((project) =>
      sorted.filter((file) => file.project === project).sort((one, other) => rank(one) - rank(other)),
    )
  }
}

export default defineConfig({
  test: {
    globalSetup: ['test/temporary-folders.ts'],
    pool: 'forks',
    // One more than CI has cores: many tests wait for programs, networks and disks most of their time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
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
