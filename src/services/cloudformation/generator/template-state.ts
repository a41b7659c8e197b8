import type { Principal } from '../../../kernel/principal.ts'
import type { GeneratedResource } from '../../../stacks/generate.ts'
import type { KnownAs } from '../../../stacks/relations.ts'
import { keyspace } from '../../../store/keyspace.ts'

/** A template that is made of resources that are there. */
export interface GeneratedTemplate {
  readonly uuid: string
  /** Its ARN. */
  readonly id: string
  readonly name: string
  readonly status: 'CREATE_IN_PROGRESS' | 'UPDATE_IN_PROGRESS' | 'COMPLETE' | 'FAILED'
  readonly reason?: string | undefined
  readonly createdAtMs: number
  readonly updatedAtMs: number
  /** Who asked last: resources are read as they. */
  readonly principal: Principal
  readonly deletionPolicy: 'DELETE' | 'RETAIN'
  readonly updateReplacePolicy: 'DELETE' | 'RETAIN'
  readonly resources: number
  /** The stack whose template the resources are added to. */
  readonly base?: { readonly uuid: string; readonly id: string } | undefined
}

export interface TemplateResource {
  readonly logicalId: string
  readonly type: string
  /** Its primary identifier: of one property. */
  readonly name: string
  readonly identifier: string
  readonly status: 'PENDING' | 'COMPLETE' | 'FAILED'
  readonly reason?: string | undefined
  readonly knownAs?: readonly KnownAs[]
  readonly generated?: GeneratedResource
}

const cloudformation = keyspace('cloudformation')

export const generatedTemplate = cloudformation.record<GeneratedTemplate, [uuid: string]>('generated')
export const generatedNamed = cloudformation.record<{ uuid: string }, [name: string]>('generated-named')
/** Those that are being generated. */
export const generating = cloudformation.record<true, [uuid: string]>('generating')
export const templateResource = cloudformation.record<TemplateResource, [uuid: string, logicalId: string]>(
  'generated-resource',
)
/** As it was when it was last complete: JSON. */
export const generatedBody = cloudformation.record<{ readonly text: string }, [uuid: string]>('generated-body')
