import type { ImageTagMutability } from '@aws-sdk/client-ecr'
import { keyspace } from '../../store/keyspace.ts'

export interface Repository {
  readonly name: string
  readonly createdAtMs: number
  readonly mutability: ImageTagMutability
  readonly scanOnPush: boolean
  /** Who else may use it: a resource policy, as text. */
  readonly policy?: string | undefined
  /** Which images are to go, as text. */
  readonly lifecyclePolicy?: string | undefined
  readonly tags: Readonly<Record<string, string>>
}

/** Repositories by name. Images can't be pushed yet, so each is empty. */
export const repository = keyspace('ecr').record<Repository, [name: string]>('repository')
