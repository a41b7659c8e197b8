import { formatArn } from '../../kernel/arn.ts'
import { listing } from '../../kernel/listing.ts'
import { members } from '../../kernel/live-properties.ts'
import { type ResourceReader, resource } from '../../kernel/resource.ts'
import { resourceTags } from '../../kernel/resource-tags.ts'
import { ignoreMissing, type Tags, tagInput, tagsOf, updateTags } from './resource-tagging.ts'

interface Properties {
  Name?: string
  FirehoseArn: string
  RoleArn: string
  OutputFormat: string
  IncludeFilters?: object[]
  ExcludeFilters?: object[]
  StatisticsConfigurations?: object[]
  IncludeLinkedAccountsMetrics?: boolean
  Tags?: Tags
}

const plain = [
  'FirehoseArn',
  'RoleArn',
  'OutputFormat',
  'IncludeFilters',
  'ExcludeFilters',
  'StatisticsConfigurations',
  'IncludeLinkedAccountsMetrics',
] as const

interface Found {
  readonly Arn: string
  readonly State: string
  readonly CreationDate: Date
  readonly LastUpdateDate: Date
}

const find = (Name: string, rx: ResourceReader) => rx.invoke<Found>('cloudwatch:GetMetricStream', { Name })
const arnOf = (name: string, rx: ResourceReader) =>
  formatArn('cloudwatch', rx.region, rx.account, `metric-stream/${name}`)

async function state(id: string, rx: ResourceReader) {
  const { Arn, State, CreationDate, LastUpdateDate } = await find(id, rx)
  const dates = { CreationDate: CreationDate.toISOString(), LastUpdateDate: LastUpdateDate.toISOString() }
  return { id, attributes: { Arn, State, ...dates } }
}

export const streamResources = {
  'AWS::CloudWatch::MetricStream': resource<Properties>({
    properties: ['Name', ...plain, 'Tags'],
    async create({ Name, Tags, ...props }, rx) {
      const id = Name ?? rx.name({ maxLength: 255 })
      await rx.invoke('cloudwatch:PutMetricStream', { ...props, Name: id, ...tagInput(resourceTags(Tags, rx)) })
      return state(id, rx)
    },
    async update(id, { Name: _, Tags, ...props }, previous, rx) {
      await rx.invoke('cloudwatch:PutMetricStream', { ...props, Name: id })
      await updateTags(arnOf(id, rx), Tags, previous.Tags, rx)
      return state(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('cloudwatch:DeleteMetricStream', { Name: id })
    },
    async read(id, _props, rx) {
      const found = await find(id, rx).catch(ignoreMissing)
      if (!found) return undefined
      return { ...members(found, ['Name', ...plain]), Tags: await tagsOf(arnOf(id, rx), rx) }
    },
    adopt: state,
    list: listing('cloudwatch:ListMetricStreams', { items: 'Entries', id: 'Name' }),
  }),
}
