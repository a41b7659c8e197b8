import { isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags } from '../../kernel/resource-tags.ts'
import { listOfTags } from '../../kernel/tag-list.ts'
import { readParameter } from './resource-reads.ts'

interface ParameterProperties {
  readonly Name?: string
  readonly Type: string
  readonly Value: string
  readonly Description?: string
  readonly AllowedPattern?: string
  readonly DataType?: string
  readonly Policies?: string
  readonly Tier?: string
  readonly Tags?: Readonly<Record<string, string>>
}

export const resources = {
  'AWS::SSM::Parameter': resource<ParameterProperties>({
    properties: ['Name', 'Type', 'Value', 'Description', 'AllowedPattern', 'DataType', 'Policies', 'Tier', 'Tags'],
    async create(props, rx) {
      const name = props.Name ?? `CFN-${rx.name({ maxLength: 1_000 })}`
      const Tags = listOfTags(resourceTags(props.Tags, rx))
      await rx.invoke('ssm:PutParameter', { ...settings(props), Name: name, ...(Tags.length > 0 ? { Tags } : {}) })
      return state(name, props)
    },
    async update(id, props, previous, rx) {
      // A parameter keeps what it is not told anew: what left the template is put back to nothing.
      const gone = {
        ...(previous.Description !== undefined && { Description: '' }),
        ...(previous.AllowedPattern !== undefined && { AllowedPattern: '' }),
        ...(previous.Policies !== undefined && { Policies: '[]' }),
      }
      await rx.invoke('ssm:PutParameter', { ...gone, ...settings(props), Name: id, Overwrite: true })
      await retag(id, props, previous, rx)
      return state(id, props)
    },
    async delete(id, _props, rx) {
      await rx.invoke('ssm:DeleteParameter', { Name: id }).catch((error: unknown) => {
        if (!isAwsError(error, 'ParameterNotFound')) throw error
      })
    },
    read: (id, _props, rx) => readParameter(id, rx),
    async adopt(id, rx) {
      const found = await readParameter(id, rx)
      return found && { id, attributes: { Type: found.Type, Value: found.Value } }
    },
    list: listing('ssm:DescribeParameters', { items: 'Parameters', id: 'Name' }),
  }),
}

function settings({ Type, Value, Description, AllowedPattern, DataType, Policies, Tier }: ParameterProperties) {
  return {
    Type,
    Value,
    ...(Description !== undefined && { Description }),
    ...(AllowedPattern !== undefined && { AllowedPattern }),
    ...(DataType !== undefined && { DataType }),
    ...(Policies !== undefined && { Policies }),
    ...(Tier !== undefined && { Tier }),
  }
}

function state(name: string, { Type, Value }: ParameterProperties) {
  return { id: name, attributes: { Type, Value } }
}

async function retag(id: string, props: ParameterProperties, previous: ParameterProperties, rx: ResourceCtx) {
  const of = { ResourceType: 'Parameter', ResourceId: id }
  const TagKeys = removedTags(props.Tags, previous.Tags, rx)
  const Tags = listOfTags(resourceTags(props.Tags, rx))
  if (TagKeys.length > 0) await rx.invoke('ssm:RemoveTagsFromResource', { ...of, TagKeys })
  if (Tags.length > 0) await rx.invoke('ssm:AddTagsToResource', { ...of, Tags })
}
