import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** A shape of a botocore service model; only what we read of it. */
export interface BotoShape {
  readonly type: string
  readonly members?: Readonly<Record<string, BotoRef>>
  readonly member?: BotoRef
  readonly key?: BotoRef
  readonly value?: BotoRef
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly sensitive?: boolean
}

export interface BotoRef {
  readonly shape: string
}

export interface BotoModel {
  readonly metadata: {
    readonly apiVersion: string
    readonly endpointPrefix: string
    readonly serviceId: string
    readonly signingName?: string
    readonly awsQueryCompatible?: object
  }
  readonly operations: Readonly<Record<string, BotoOperation>>
  readonly shapes: Readonly<Record<string, BotoShape>>
}

export interface BotoOperation {
  readonly http: { readonly method: string; readonly requestUri: string }
  readonly input?: BotoRef
  readonly output?: BotoRef
  readonly errors?: readonly BotoRef[]
  readonly authtype?: string
  readonly auth?: readonly string[]
  readonly deprecated?: boolean
}

export interface Botocore {
  readonly version: string
  load(service: string): BotoModel
}

/** The botocore that this machine's Python has. Throws one sentence when there is none of the version we know. */
export function findBotocore(): Botocore {
  let found: string
  try {
    found = execFileSync('python3', ['-c', 'import botocore; print(botocore.__version__, botocore.__path__[0])'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch (cause) {
    throw new Error('npm run models needs botocore 1.43 for python3 (pip install "botocore==1.43.*").', { cause })
  }
  const space = found.indexOf(' ')
  const version = found.slice(0, space)
  const data = join(found.slice(space + 1), 'data')
  if (!version.startsWith('1.43.')) {
    throw new Error(`npm run models is written for botocore 1.43, but python3 has ${version}.`)
  }
  return {
    version,
    load(service) {
      const newest = readdirSync(join(data, service)).sort().at(-1)
      if (newest === undefined) throw new Error(`botocore ${version} has no model of ${service}.`)
      const zipped = readFileSync(join(data, service, newest, 'service-2.json.gz'))
      return JSON.parse(gunzipSync(zipped).toString('utf8')) as BotoModel
    },
  }
}
