import type { FoundResourceType, Host } from '../../kernel/host.ts'
import { cdkMetadata } from './cdk-metadata.ts'

const custom = 'AWS::CloudFormation::CustomResource'
const customName = /^Custom::[A-Za-z0-9_@-]{1,60}$/

/** A type by the name that a template has for it: `Custom::Anything` is a custom resource. */
export async function findResourceType(
  host: Pick<Host, 'resourceType'>,
  name: string,
): Promise<FoundResourceType | undefined> {
  if (name === 'AWS::CDK::Metadata') return cdkMetadata
  if (!name.startsWith('Custom::') && name !== custom) return host.resourceType(name)
  if (name !== custom && !customName.test(name)) return undefined
  const found = await host.resourceType(custom)
  if (!found) return undefined
  // Another ServiceToken is refused by the type; it would be a replacement by the schema.
  const { ServiceToken, ...rest } = found.schema.properties
  const properties = { ...rest, ServiceToken: { type: 'string', required: true } as const }
  return { ...found, schema: { ...found.schema, properties } }
}
