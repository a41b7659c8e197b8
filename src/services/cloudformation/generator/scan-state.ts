import type { Principal } from '../../../kernel/principal.ts'
import type { Mention } from '../../../stacks/relations.ts'
import { keyspace } from '../../../store/keyspace.ts'

/** A scan of what there is in an account and Region. */
export interface ResourceScan {
  readonly id: string
  readonly startedAtMs: number
  readonly endedAtMs?: number | undefined
  /** Who asked: resources are listed and read as they. */
  readonly principal: Principal
  readonly token?: string | undefined
  /** As asked for; absent: all. */
  readonly filter?: readonly string[] | undefined
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED'
  readonly reason?: string | undefined
  /** The types that it goes through, in order, and how many of them are done. */
  readonly types: readonly string[]
  readonly done: number
  /** Resources of the types that are done: listed, and of those read. */
  readonly scanned: number
  readonly read: number
}

/** A resource that a scan has read. */
export interface ScannedResource {
  readonly type: string
  /** Its primary identifier: of one property. */
  readonly name: string
  readonly identifier: string
  readonly physicalId: string
  readonly tags: Readonly<Record<string, string>>
  /** Values that name it, and what its properties name. */
  readonly knownAs: readonly string[]
  readonly mentions: readonly Mention[]
}

const cloudformation = keyspace('cloudformation')

export const resourceScan = cloudformation.record<ResourceScan, [id: string]>('scan')
export const scanByAge = cloudformation.record<true, [startedAtMs: number, id: string]>('scan-by-age')
/** By the digest of its identifier. */
export const scannedResource = cloudformation.record<ScannedResource, [scan: string, type: string, identifier: string]>(
  'scanned',
)
/** Which resources have a value (its digest) among those that name them. */
export const scannedName = cloudformation.record<true, [scan: string, value: string, type: string, identifier: string]>(
  'scanned-name',
)
/** Which resources mention a value (its digest), and after what kind of thing the property is called. */
export const scannedMention = cloudformation.record<
  { readonly kind?: string },
  [scan: string, value: string, type: string, identifier: string]
>('scanned-mention')
