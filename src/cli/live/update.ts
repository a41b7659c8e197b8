import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, extname, join, relative } from 'node:path'
import type { Clients } from '../clients.ts'
import type { PackagedFunction, PackagedService, Service } from '../service.ts'
import { type Files, plainMode, readArtifact, writeArtifact } from './artifact.ts'
import { type Bundler, createBundler } from './bundle.ts'
import { readSettled } from './settled.ts'

/** What became of a change on disk. */
export type Change =
  /** The code of these functions is new. */
  | { readonly kind: 'updated'; readonly functions: readonly string[] }
  /** Nothing that is deployed was made of these files. */
  | { readonly kind: 'nothing' }
  /** More than code changed: the service has to be deployed. `because` says what, in a few words. */
  | { readonly kind: 'deploy'; readonly because: string }

/** Updates the code of deployed functions in place, without packaging the service. */
export interface Updater extends AsyncDisposable {
  apply(changed: ReadonlySet<string>): Promise<Change>
}

/** One function: its package, and how the files in it follow from those on disk. */
interface LiveFunction {
  readonly fn: PackagedFunction
  files: Files
  /** Absent for code that is deployed as it is written. */
  readonly bundler: Bundler | undefined
  /** The source files of the bundle, absolute. */
  inputs: ReadonlySet<string>
}

const sources = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']
const scripts = ['.js', '.mjs', '.cjs']
const code = /\.(js|mjs|cjs|json|py)$/
const otherBundlers = /webpack|rollup|vite|parcel/

/** Learns from what was just deployed how to update it. */
export async function createUpdater(service: Service, packaged: PackagedService, clients: Clients): Promise<Updater> {
  if (packaged.plugins.some((plugin) => otherBundlers.test(plugin))) return alwaysDeploy(service)
  const config = await readFile(service.configFile, 'utf8')
  const live = await Promise.all(packaged.functions.map((fn) => openFunction(service, packaged, fn)))
  return {
    async apply(changed) {
      const structural = [...changed].find((path) => isStructural(path, service, config, live))
      if (structural !== undefined) {
        return { kind: 'deploy', because: `${relative(service.dir, structural)} changed` }
      }
      const updated = await Promise.all(live.map((one) => updateFunction(one, changed, service, clients)))
      for (const one of updated) {
        if (one && 'gone' in one) return { kind: 'deploy', because: `${one.gone} was removed` }
      }
      const functions = updated.flatMap((one) => (one && 'updated' in one ? [one.updated] : []))
      return functions.length === 0 ? { kind: 'nothing' } : { kind: 'updated', functions }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(live.map(({ bundler }) => bundler?.[Symbol.asyncDispose]()))
    },
  }
}

/** True when the change is to more than code that is already deployed. */
function isStructural(path: string, service: Service, config: string, live: readonly LiveFunction[]): boolean {
  const name = basename(path)
  if (path === service.configFile || name === 'package.json') return true
  if (live.some(({ inputs }) => inputs.has(path))) return !existsSync(path)
  const inPackage = relative(service.dir, path).replaceAll('\\', '/')
  const asWritten = live.filter(({ bundler }) => bundler === undefined)
  if (asWritten.some(({ files }) => files.has(inPackage))) return !existsSync(path)
  // A plugin or a file that the configuration includes, or a new module beside those that are deployed as written.
  return config.includes(name) || (asWritten.length > 0 && code.test(name) && existsSync(path))
}

async function openFunction(service: Service, packaged: PackagedService, fn: PackagedFunction): Promise<LiveFunction> {
  const files = await readArtifact(await readFile(fn.artifact))
  const module = fn.handler.slice(0, fn.handler.lastIndexOf('.'))
  const source = sources.map((extension) => join(service.dir, module + extension)).find((path) => existsSync(path))
  const output = scripts.map((extension) => module + extension).find((path) => files.has(path))
  const asWritten = { fn, files, bundler: undefined, inputs: new Set<string>() }
  if (source === undefined || output === undefined) return asWritten
  const deployed = files.get(output)!.content
  if (extname(source) === extname(output) && deployed.equals(await readFile(source))) return asWritten
  const bundler = await createBundler({
    serviceDir: service.dir,
    source,
    output,
    deployed: deployed.toString('utf8'),
    settings: esbuildSettings(packaged),
    moduleJs: /"type"\s*:\s*"module"/.test(files.get('package.json')?.content.toString('utf8') ?? ''),
  })
  return { fn, files, bundler, inputs: (await bundler.rebuild()).inputs }
}

function esbuildSettings({ custom }: PackagedService): Record<string, unknown> {
  const settings = custom.esbuild
  return typeof settings === 'object' && settings !== null ? { ...settings } : {}
}

/** For packages that a bundler made whose work cannot be repeated here. */
function alwaysDeploy(service: Service): Updater {
  return {
    apply: async ([changed = service.configFile]) => ({
      kind: 'deploy',
      because: `${relative(service.dir, changed)} changed`,
    }),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Brings one function up to date; answers its key when its code changed, its name when somebody removed it. */
async function updateFunction(
  live: LiveFunction,
  changed: ReadonlySet<string>,
  service: Service,
  clients: Clients,
): Promise<{ updated: string } | { gone: string } | undefined> {
  const replaced = live.bundler ? await rebuilt(live, changed) : await rewritten(live, changed, service)
  const files: Files = new Map(live.files)
  let differs = false
  for (const [path, content] of replaced) {
    const before = files.get(path)
    if (before?.content.equals(content)) continue
    files.set(path, { content, mode: before?.mode ?? plainMode })
    differs = true
  }
  if (!differs) return undefined
  const lambda = await clients.lambda()
  try {
    await lambda.updateFunctionCode({ FunctionName: live.fn.name, ZipFile: await writeArtifact(files) })
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return { gone: live.fn.name }
    throw error
  }
  // Only now: an update that failed is tried again with the next change.
  live.files = files
  return { updated: live.fn.key }
}

async function rebuilt(live: LiveFunction, changed: ReadonlySet<string>): Promise<ReadonlyMap<string, Buffer>> {
  if (!live.bundler || [...changed].every((path) => !live.inputs.has(path))) return new Map()
  const { bundler } = live
  const { outputs, inputs } = await readSettled(live.inputs, () => bundler.rebuild())
  live.inputs = inputs
  return outputs
}

async function rewritten(live: LiveFunction, changed: ReadonlySet<string>, service: Service) {
  const packaged = [...changed].flatMap((path) => {
    const inPackage = relative(service.dir, path).replaceAll('\\', '/')
    return live.files.has(inPackage) ? [{ path, inPackage }] : []
  })
  const inputs = new Set(packaged.map(({ path }) => path))
  const { replaced } = await readSettled(inputs, async () => {
    const read = packaged.map(async ({ path, inPackage }) => [inPackage, await readFile(path)] as const)
    return { inputs, replaced: new Map(await Promise.all(read)) }
  })
  return replaced
}
