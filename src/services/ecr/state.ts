import type { ImageTagMutability } from '@aws-sdk/client-ecr'
import { keyspace } from '../../store/keyspace.ts'

export interface Repository {
  readonly name: string
  readonly createdAtMs: number
  readonly mutability: ImageTagMutability
  readonly scanOnPush: boolean
  readonly tags: Readonly<Record<string, string>>
}

/** Repositories by name. Images can't be pushed yet, so each is empty. */
export const repository = keyspace('ecr').record<Repository, [name: string]>('repository')
