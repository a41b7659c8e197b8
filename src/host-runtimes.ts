import { join } from 'node:path'
import { createLanguages } from './functions/languages.ts'
import { supportedRuntimes } from './functions/runtimes.ts'

/** What runs functions on this host and what can be added, for `landfall runtimes`. */
export { type Added, addRuntime, CannotAdd } from './functions/add-runtime.ts'

/** The folder in a data folder that holds added runtimes. */
export const runtimesDir = (dataDir: string): string => join(dataDir, 'runtimes')

/** One runtime on this host. */
export interface HostRuntime {
  readonly runtime: string
  /** `Node 24.21.0`; absent where the package brings it, or where nothing runs it. */
  readonly runsOn?: string
  /** The program; absent where the package brings it. */
  readonly program?: string
  /** True when it is another version than the runtime is named after. */
  readonly differs: boolean
  readonly added: boolean
  /** Why nothing runs it, and what to do. */
  readonly missing?: string
}

/** All runtimes, as a node with this data folder runs them. */
export async function listRuntimes(dataDir: string): Promise<HostRuntime[]> {
  const languages = createLanguages(runtimesDir(dataDir))
  return await Promise.all(
    supportedRuntimes.map(async (runtime) => {
      const found = await languages.find(runtime)
      if (typeof found === 'string') return { runtime, differs: false, added: false, missing: found }
      const { version, program, differs, added } = found
      return {
        runtime,
        ...(version !== undefined && { runsOn: version }),
        ...(program !== undefined && { program }),
        differs,
        added: added?.startsWith(languages.dir) === true,
      }
    }),
  )
}
