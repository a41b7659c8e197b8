import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CliError, type OptionTable } from './command.ts'

export const stageOption = {
  stage: { value: 'NAME', summary: "the stage (else the service's own, dev)", short: 's' },
} satisfies OptionTable

/** A service on disk: the folder of a serverless.yml. */
export interface Service {
  readonly dir: string
  readonly configFile: string
}

/** A service as it was last packaged: variables resolved, names made. */
export interface PackagedService {
  readonly name: string
  readonly stage: string
  readonly region: string
  readonly stackName: string
  readonly functions: readonly PackagedFunction[]
  readonly custom: Readonly<Record<string, unknown>>
  readonly plugins: readonly string[]
}

export interface PackagedFunction {
  /** Its key in serverless.yml. */
  readonly key: string
  /** Its full name: `orders-dev-place`. */
  readonly name: string
  readonly handler: string
  readonly runtime: string
  /** The zip that was deployed. */
  readonly artifact: string
}

const configFiles = [
  'serverless.yml',
  'serverless.yaml',
  'serverless.json',
  'serverless.ts',
  'serverless.js',
  'serverless.mjs',
  'serverless.cjs',
]

/** The service in `dir`. Throws when there is none. */
export function findService(dir = '.'): Service {
  const folder = resolve(dir)
  const configFile = configFiles.find((name) => existsSync(join(folder, name)))
  if (configFile) return { dir: folder, configFile: join(folder, configFile) }
  throw new CliError(
    `There is no serverless.yml in ${dir === '.' ? 'this folder' : dir}.`,
    dir === '.' ? 'Go to the folder of a service.' : 'Name the folder of a service, the one with its serverless.yml.',
  )
}

/** The state that packaging leaves in `.serverless`. `stage` must match when given. Throws when there is none. */
export async function packagedService(service: Service, stage?: string): Promise<PackagedService> {
  const file = join(service.dir, '.serverless', 'serverless-state.json')
  if (!existsSync(file)) {
    throw new CliError('This service has not been deployed from here.', 'Deploy it first: landfall deploy')
  }
  const { service: state, package: whole } = JSON.parse(await readFile(file, 'utf8')) as State
  // The provider has the stage of serverless.yml, whatever --stage said; artifacts go to `…/SERVICE/STAGE/TIME`.
  const packagedStage = whole?.artifactDirectoryName?.split('/').at(-2) ?? state.provider.stage
  const packaged = {
    name: state.service,
    stage: packagedStage,
    region: state.provider.region,
    stackName: state.provider.stackName ?? `${state.service}-${packagedStage}`,
    custom: state.custom ?? {},
    plugins: Array.isArray(state.plugins) ? state.plugins : (state.plugins?.modules ?? []),
    functions: Object.entries(state.functions ?? {}).map(([key, fn]) => ({
      key,
      name: fn.name,
      handler: fn.handler ?? '',
      runtime: fn.runtime ?? state.provider.runtime ?? '',
      artifact: resolve(service.dir, fn.package?.artifact ?? join('.serverless', whole?.artifact ?? '')),
    })),
  }
  if (stage !== undefined && stage !== packaged.stage) {
    throw new CliError(
      `This service was last deployed to stage ${packaged.stage}, not ${stage}.`,
      `Deploy it there first: landfall deploy --stage ${stage}`,
    )
  }
  return packaged
}

interface State {
  readonly service: {
    readonly service: string
    readonly custom?: Record<string, unknown>
    readonly plugins?: string[] | { modules?: string[] }
    readonly provider: {
      readonly stage: string
      readonly region: string
      readonly runtime?: string
      readonly stackName?: string
    }
    readonly functions?: Record<
      string,
      { name: string; handler?: string; runtime?: string; package?: { artifact?: string } }
    >
  }
  readonly package?: { readonly artifact?: string; readonly artifactDirectoryName?: string }
}
