import { listing } from '../../../kernel/listing.ts'
import { type ResourceCtx, resource } from '../../../kernel/resource.ts'
import { ignoreMissing, readQueryDefinition } from '../resource-reads.ts'

interface DefinitionProperties {
  Name: string
  QueryString: string
  LogGroupNames?: string[]
  QueryLanguage?: string
  Parameters?: { Name: string; DefaultValue?: string; Description?: string }[]
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html */
export const queryDefinition = resource<DefinitionProperties>({
  properties: ['Name', 'QueryString', 'LogGroupNames', 'QueryLanguage', 'Parameters'],
  async create(props, rx) {
    return put(props, rx)
  },
  async update(id, props, _previous, rx) {
    return put(props, rx, id)
  },
  async delete(queryDefinitionId, _props, rx) {
    await rx.invoke('logs:DeleteQueryDefinition', { queryDefinitionId }).catch(ignoreMissing)
  },
  read: (id, { Name }, rx) => readQueryDefinition(id, Name, rx),
  adopt: (id) => ({ id, attributes: { QueryDefinitionId: id } }),
  list: listing('logs:DescribeQueryDefinitions', {
    items: 'queryDefinitions',
    id: 'queryDefinitionId',
    token: ['nextToken', 'nextToken'],
  }),
})

async function put(props: DefinitionProperties, rx: ResourceCtx, before?: string) {
  const { queryDefinitionId: id } = await rx.invoke<{ queryDefinitionId: string }>('logs:PutQueryDefinition', {
    name: props.Name,
    queryString: props.QueryString,
    ...(before !== undefined && { queryDefinitionId: before }),
    ...(props.LogGroupNames && { logGroupNames: props.LogGroupNames }),
    ...(props.QueryLanguage !== undefined && { queryLanguage: props.QueryLanguage }),
    ...(props.Parameters && {
      parameters: props.Parameters.map(({ Name, DefaultValue, Description }) => ({
        name: Name,
        ...(DefaultValue !== undefined && { defaultValue: DefaultValue }),
        ...(Description !== undefined && { description: Description }),
      })),
    }),
  })
  return { id, attributes: { QueryDefinitionId: id } }
}
