import { isAwsError } from '../../../kernel/errors.ts'
import { listing } from '../../../kernel/listing.ts'
import { type ResourceReader, resource } from '../../../kernel/resource.ts'
import { resourceTags, type TagProperty } from '../../../kernel/resource-tags.ts'
import { listOfTags, type Tags as TagRecord } from '../../../kernel/tag-list.ts'
import { readOne } from '../resource-reads.ts'
import { retag } from '../resource-tagging.ts'

interface PortalProductProperties {
  DisplayName: string
  Description?: string
  Tags?: TagProperty
}

const members = ['DisplayName', 'Description', 'Tags']

/** `AWS::ApiGatewayV2::PortalProduct`: known by its ARN. Its pages, and portals, have no types. */
export const portalProductResource = resource<PortalProductProperties>({
  properties: ['DisplayName', 'Description', 'Tags'],
  async create(props, rx) {
    const Tags = resourceTags(props.Tags, rx)
    const made = await rx.invoke<Answer>('apigatewayv2:CreatePortalProduct', { ...props, Tags })
    return stateOf(made)
  },
  async update(arn, { DisplayName, Description = '', Tags }, previous, rx) {
    const made = await rx.invoke<Answer>('apigatewayv2:UpdatePortalProduct', {
      ...{ PortalProductId: idOf(arn), DisplayName, Description },
    })
    await retag(arn, Tags, previous.Tags, rx)
    return stateOf(made)
  },
  async delete(arn, _props, rx) {
    await rx.invoke('apigatewayv2:DeletePortalProduct', { PortalProductId: idOf(arn) }).catch((error: unknown) => {
      if (!isAwsError(error, 'NotFoundException')) throw error
    })
  },
  async read(arn, _props, rx) {
    const found = await readOne('GetPortalProduct', { PortalProductId: idOf(arn) }, members, rx)
    if (!found) return undefined
    const { PortalProductId: _, Tags, ...live } = found
    return { ...live, Tags: listOfTags(Tags as TagRecord) }
  },
  adopt: async (arn, rx) => stateOf(await ask(arn, rx)),
  list: listing('apigatewayv2:ListPortalProducts', { items: 'Items', id: 'PortalProductArn' }),
})

interface Answer {
  readonly PortalProductArn: string
  readonly PortalProductId: string
  readonly LastModified: Date
}

function ask(arn: string, rx: ResourceReader): Promise<Answer> {
  return rx.invoke<Answer>('apigatewayv2:GetPortalProduct', { PortalProductId: idOf(arn) })
}

function idOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}

function stateOf({ PortalProductArn, PortalProductId, LastModified }: Answer) {
  const attributes = { PortalProductArn, PortalProductId, LastModified: LastModified.toISOString() }
  return { id: PortalProductArn, attributes }
}
