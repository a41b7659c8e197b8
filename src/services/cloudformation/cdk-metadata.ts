import type { FoundResourceType } from '../../kernel/host.ts'
import { resource } from '../../kernel/resource.ts'

interface MetadataProperties {
  readonly Analytics?: string
}

/**
 * What CDK puts into every stack, to be counted by (`analyticsReporting` in its cdk.json): it is a type of its own, without
 * a published schema, and does nothing.
 */
export const cdkMetadata: FoundResourceType = {
  type: resource<MetadataProperties>({
    properties: ['Analytics'],
    create: async (_props, rx) => ({ id: rx.name() }),
    update: async (id) => ({ id }),
    delete: async () => undefined,
  }),
  schema: { properties: { Analytics: { type: 'string' } }, attributes: {}, definitions: {} },
}
