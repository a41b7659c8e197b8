import type { Scope } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'

export interface KmsKey {
  readonly id: string
  readonly createdAtMs: number
  readonly description: string
  readonly usage: string
  readonly spec: string
  readonly state: 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingImport'
  /** Absent: the material is made here. */
  readonly origin?: 'EXTERNAL' | undefined
  /** When imported material expires. */
  readonly validToMs?: number | undefined
  readonly deletionAtMs?: number | undefined
  /** The service that the key is for (`ssm`): an AWS managed key. */
  readonly managedFor?: string | undefined
  readonly policy: string
  readonly tags: Readonly<Record<string, string>>
  /** Id of the material that encrypts; older ones only decrypt. Empty before the first is imported. */
  readonly material: string
  readonly rotation?: { readonly periodDays: number; readonly nextAtMs: number } | undefined
}

/** What a key is made of: bytes of a symmetric one, the private key (PKCS 8) of an asymmetric one; sealed. */
export interface Material {
  readonly sealed: Uint8Array
  /** Of an asymmetric key, as SubjectPublicKeyInfo. */
  readonly publicKey?: Uint8Array | undefined
  readonly createdAtMs: number
  readonly rotated?: 'AUTOMATIC' | 'ON_DEMAND' | undefined
}

/** The last use of a key; `trackedFromMs` is when recording them began. */
export interface LastUse {
  readonly trackedFromMs: number
  readonly use?: { readonly operation: string; readonly atMs: number; readonly requestId: string } | undefined
}

export interface Alias {
  readonly keyId: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export interface Grant {
  readonly id: string
  readonly keyId: string
  readonly name?: string | undefined
  readonly createdAtMs: number
  readonly grantee: string
  readonly retiring?: string | undefined
  readonly operations: readonly string[]
  readonly equals?: Readonly<Record<string, string>> | undefined
  readonly subset?: Readonly<Record<string, string>> | undefined
  readonly issuer: string
}

const kms = keyspace('kms')

export const key = kms.record<KmsKey, [id: string]>('key')
export const material = kms.record<Material, [keyId: string, id: string]>('material')
export const lastUse = kms.record<LastUse, [keyId: string]>('last-use')
export const alias = kms.record<Alias, [name: string]>('alias')
export const aliasOf = kms.record<true, [keyId: string, name: string]>('alias-of')
export const grant = kms.record<Grant, [keyId: string, id: string]>('grant')
export const granted = kms.record<true, [keyId: string, grantee: string, id: string]>('granted')
export const retirable = kms.record<true, [principal: string, keyId: string, id: string]>('retirable')
export const grantNamed = kms.record<string, [keyId: string, name: string]>('grant-named')

/** A key found: its record and where it lives, which for a cross-account call is not the caller's scope. */
export interface Located {
  readonly key: KmsKey
  readonly scope: Scope
}
