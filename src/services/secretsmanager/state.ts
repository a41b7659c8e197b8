import type { Scope } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'
import type { Envelope } from './envelope.ts'
import type { RotationRules, RotationWindow } from './rotation-window.ts'

export interface Secret {
  readonly name: string
  /** Six random characters that end the ARN, so that a secret made anew is another one. */
  readonly suffix: string
  readonly description?: string | undefined
  /** Absent: the key that Secrets Manager has of its own. */
  readonly keyId?: string | undefined
  readonly policy?: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly createdAtMs: number
  readonly changedAtMs: number
  /** Marked for deletion, which happens at that time. */
  readonly deletedAtMs?: number | undefined
  /** Which version a staging label is attached to: `AWSCURRENT` is what is answered when nothing is asked for. */
  readonly stages: Readonly<Record<string, string>>
  /** Absent: it never was to be rotated. */
  readonly rotation?: Rotation | undefined
}

export interface Rotation {
  readonly enabled: boolean
  readonly lambdaArn: string
  readonly rules?: RotationRules | undefined
  /** When the rules were set: a rate counts from there. */
  readonly ruledAtMs: number
  readonly lastRotatedAtMs?: number | undefined
  /** When there was last a new value, by a rotation or by hand: days count from there. */
  readonly renewedAtMs?: number | undefined
  /** The window that comes, or in which the rotation that is under way began. */
  readonly window?: RotationWindow | undefined
  /** What is under way; `test` when only the function is tried out. */
  readonly running?: { readonly versionId: string; readonly test: boolean } | undefined
}

/** A version's value, never changed. */
export interface SecretVersion {
  /** Under the key of Secrets Manager itself, or of KMS. */
  readonly value: { readonly sealed: Uint8Array } | Envelope
  readonly binary: boolean
  readonly keyId?: string | undefined
  readonly createdAtMs: number
}

const keys = keyspace('secretsmanager')

export const secret = keys.record<Secret, [name: string]>('secret')
export const version = keys.record<SecretVersion, [name: string, versionId: string]>('version')
/** Secrets in order of when they were made, or last changed. */
export const order = keys.record<true, [by: 'created' | 'changed', atMs: number, name: string]>('order')

/** A secret found: its record and where it lives, which for a cross-account call is not the caller's scope. */
export interface Located {
  readonly secret: Secret
  readonly scope: Scope
}
