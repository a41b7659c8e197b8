import { isAwsError } from '../../kernel/errors.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'
import { tagsOfList } from '../../kernel/tag-list.ts'

interface Described {
  readonly Policies?: readonly { readonly PolicyText: string }[]
}

/** A parameter as its properties would say it. */
export async function readParameter(name: string, rx: ResourceReader): Promise<LiveProperties | undefined> {
  const ParameterFilters = [{ Key: 'Name', Option: 'Equals', Values: [name] }]
  const { Parameters } = await rx.invoke<{ Parameters: Described[] }>('ssm:DescribeParameters', { ParameterFilters })
  const [found] = Parameters
  if (!found) return undefined
  const value = await rx
    .invoke<{ Parameter: { Value: string } }>('ssm:GetParameter', { Name: name })
    .catch((error: unknown) => {
      if (!isAwsError(error, 'ParameterNotFound')) throw error
    })
  if (!value) return undefined
  const { TagList } = await rx.invoke<{ TagList?: { Key: string; Value: string }[] }>('ssm:ListTagsForResource', {
    ResourceType: 'Parameter',
    ResourceId: name,
  })
  return {
    ...members(found, ['Name', 'Type', 'Description', 'AllowedPattern', 'DataType', 'Tier']),
    Value: value.Parameter.Value,
    Policies: found.Policies?.length
      ? JSON.stringify(found.Policies.map(({ PolicyText }) => JSON.parse(PolicyText)))
      : undefined,
    Tags: tagsOfList(TagList),
  }
}
