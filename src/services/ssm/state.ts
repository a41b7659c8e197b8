import { keyspace } from '../../store/keyspace.ts'

export type ParameterType = 'String' | 'StringList' | 'SecureString'
export type ParameterTier = 'Standard' | 'Advanced'

/** A parameter by its name as it was given: `/app/db/url` and `url` both. */
export interface Parameter {
  readonly name: string
  /** The latest; versions count from 1 and are never used again. */
  readonly version: number
  readonly oldest: number
  readonly tier: ParameterTier
  readonly tags: Readonly<Record<string, string>>
}

/** One version, never changed but for its labels. */
export interface Version {
  readonly type: ParameterType
  readonly value: StoredValue
  readonly keyId?: string | undefined
  readonly description?: string | undefined
  readonly allowedPattern?: string | undefined
  readonly tier: ParameterTier
  readonly policies?: string | undefined
  readonly modifiedAtMs: number
  /** ARN of who put it. */
  readonly modifiedBy: string
  readonly labels: readonly string[]
}

/** `sealed` by the service's own key, `encrypted` by a key of KMS. */
export type StoredValue =
  | { readonly plain: string }
  | { readonly sealed: Uint8Array }
  | { readonly encrypted: Uint8Array }

const ssm = keyspace('ssm')

export const parameter = ssm.record<Parameter, [name: string]>('parameter')
export const version = ssm.record<Version, [name: string, version: number]>('version')
/** Which version a label is attached to. */
export const label = ssm.record<number, [name: string, label: string]>('label')
/** How many parameters of a tier there are. */
export const total = ssm.record<number, [tier: string]>('total')
