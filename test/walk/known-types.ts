import type { ResourceSchema } from '../../src/kernel/model.ts'
import type { ResourceType } from '../../src/kernel/resource.ts'
import { entries } from '../../src/registry.ts'

export interface Known {
  readonly type: ResourceType
  readonly schema: ResourceSchema
}

/** Every resource type of the registry, by name. */
export async function knownTypes(): Promise<ReadonlyMap<string, Known>> {
  const found = new Map<string, Known>()
  for (const entry of entries) {
    const { service } = await entry.load()
    const schemas = await entry.resourceSchemas?.()
    for (const [name, type] of Object.entries(service.resources ?? {})) {
      found.set(name, { type: type as unknown as ResourceType, schema: schemas![name]! })
    }
  }
  return found
}
