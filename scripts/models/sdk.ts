import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The schemas that SDK clients export are nested arrays: `[kind, namespace, name, traits, …]`, where a function
 * stands for a schema declared later and `[schema, traits]` for a member. https://smithy.io/2.0/
 */
export const kinds = { simple: 0, list: 1, map: 2, struct: 3, union: 4, error: -3, operation: 9 } as const

export type Traits = Readonly<Record<string, unknown>>

/** A schema with references and member traits resolved. `type` is a sentinel number for scalars. */
export interface Resolved {
  readonly schema: readonly unknown[] | number | 'unit'
  /** The member's own traits over those of its target. */
  readonly traits: Traits
}

const bits = ['label', 'idempotent', 'token', 'sensitive', 'payload', 'status', 'queries'] as const

function traitsOf(indicator: unknown): Traits {
  if (typeof indicator === 'object' && indicator !== null) {
    const { httpLabel, idempotencyToken, httpPayload, httpResponseCode, httpQueryParams, ...rest } = indicator as Traits
    return {
      ...rest,
      ...(httpLabel ? { label: 1 } : {}),
      ...(idempotencyToken ? { token: 1 } : {}),
      ...(httpPayload ? { payload: 1 } : {}),
      ...(httpResponseCode ? { status: 1 } : {}),
      ...(httpQueryParams ? { queries: 1 } : {}),
    }
  }
  const number = Number(indicator)
  return Object.fromEntries(bits.filter((_, i) => (number >> i) & 1).map((name) => [name, 1]))
}

/** Follows references, members and named scalars down to a structure, list, map or sentinel. */
export function resolve(reference: unknown): Resolved {
  let traits: Traits = {}
  let schema = reference
  for (;;) {
    if (typeof schema === 'function') schema = schema()
    else if (Array.isArray(schema) && schema.length === 2) {
      traits = { ...traitsOf(schema[1]), ...traits }
      schema = schema[0]
    } else if (Array.isArray(schema) && schema[0] === kinds.simple) {
      traits = { ...traitsOf(schema[3]), ...traits }
      schema = schema[4]
    } else if (typeof schema === 'number' || schema === 'unit') {
      return { schema, traits }
    } else if (Array.isArray(schema)) {
      return { schema, traits: { ...traitsOf(schema[3]), ...traits } }
    } else {
      throw new Error(`unknown SDK schema ${String(schema)}`)
    }
  }
}

export interface SdkClient {
  readonly package: string
  readonly version: string
  readonly settings: {
    readonly defaultNamespace: string
    readonly serviceTarget: string
    readonly xmlNamespace?: string
  }
  /** Sorted by name. */
  readonly operations: readonly (readonly unknown[])[]
  readonly errors: readonly (readonly unknown[])[]
  /** Commands that the package exports types for. */
  readonly commands: ReadonlySet<string>
  /** The values of its enumerations, by their names. */
  readonly enums: ReadonlyMap<string, readonly string[]>
}

/** Loads `@aws-sdk/client-<name>` and picks out its schemas. */
export async function loadClient(name: string): Promise<SdkClient> {
  const pkg = `@aws-sdk/client-${name}`
  const exported = (await import(pkg)) as Record<string, unknown>
  const manifest = fileURLToPath(import.meta.resolve(`${pkg}/package.json`))
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  const Client = Object.entries(exported).find(([key]) => /^[A-Z].*Client$/.test(key))?.[1] as new (
    config: object,
  ) => { config: { protocolSettings: SdkClient['settings'] } }
  const { protocolSettings } = new Client({ region: 'us-east-1' }).config
  const ofKind = (kind: number) =>
    Object.values(exported)
      .filter((value): value is unknown[] => Array.isArray(value) && value[0] === kind)
      .sort((a, b) => (String(a[2]) < String(b[2]) ? -1 : 1))
  return {
    package: pkg,
    version,
    settings: protocolSettings,
    operations: ofKind(kinds.operation),
    // The base class of a client's exceptions is no error of the service.
    errors: ofKind(kinds.error).filter((schema) => !String(schema[1]).startsWith('smithy.ts.')),
    commands: new Set(Object.keys(exported).filter((key) => key.endsWith('Command'))),
    enums: new Map(
      Object.entries(exported).flatMap(([key, value]) => (isEnum(value) ? [[key, Object.values(value)]] : [])),
    ),
  }
}

function isEnum(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((one) => typeof one === 'string')
}
