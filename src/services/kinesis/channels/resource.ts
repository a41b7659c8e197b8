import { listing } from '../../../kernel/listing.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { type ResourceCtx, ResourceFailure, type ResourceReader, resource } from '../../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../../kernel/resource-tags.ts'
import { ignoreMissing } from '../resource-stream.ts'
import type { describeChannel } from './describe.ts'
import { readChannelArn } from './names.ts'
import { channel } from './state.ts'

interface ChannelProperties {
  readonly ChannelName: string
  readonly ServiceExecutionRoleARN: string
  readonly StreamConfigurationList: readonly object[]
  readonly S3DestinationConfiguration?: { readonly DataFreshnessInSeconds?: number }
  readonly S3TablesDestinationConfiguration?: object
  readonly EncryptionConfiguration?: object
  readonly LoggingConfiguration?: object
  readonly Tags?: TagProperty
}

type Described = ReturnType<typeof describeChannel>

/** How long a channel may take until it is what it is to be. */
const settlingMs = 600_000

export const channelResource = resource<ChannelProperties>({
  properties: [
    ...(['ChannelName', 'ServiceExecutionRoleARN', 'StreamConfigurationList', 'S3DestinationConfiguration'] as const),
    ...(['EncryptionConfiguration', 'LoggingConfiguration', 'Tags'] as const),
  ],
  async create(props, rx) {
    const asked = { ...props, Tags: resourceTags(props.Tags, rx) }
    const made = await rx.invoke<{ ChannelDescription: Described }>('kinesis:CreateChannel', asked)
    const { ChannelARN } = made.ChannelDescription
    rx.created(ChannelARN)
    return settled(ChannelARN, rx)
  },
  async update(ChannelARN, props, previous, rx) {
    const { LoggingConfiguration } = props
    const seconds = (of: ChannelProperties) => of.S3DestinationConfiguration?.DataFreshnessInSeconds ?? 300
    const fresher = seconds(props) !== seconds(previous)
    const loggedElsewhere = JSON.stringify(LoggingConfiguration) !== JSON.stringify(previous.LoggingConfiguration)
    if (fresher || loggedElsewhere) {
      await rx.invoke('kinesis:UpdateChannel', {
        ChannelARN,
        ...(fresher && { S3DestinationConfiguration: { DataFreshnessInSeconds: seconds(props) } }),
        ...(loggedElsewhere && {
          LoggingConfiguration: LoggingConfiguration ?? { CloudWatchLogs: { Enabled: false } },
        }),
      })
    }
    const TagKeys = removedTags(props.Tags, previous.Tags, rx)
    if (TagKeys.length > 0) await rx.invoke('kinesis:UntagResource', { ResourceARN: ChannelARN, TagKeys })
    const Tags = resourceTags(props.Tags, rx)
    if (Object.keys(Tags).length > 0) await rx.invoke('kinesis:TagResource', { ResourceARN: ChannelARN, Tags })
    return settled(ChannelARN, rx)
  },
  async delete(ChannelARN, _props, rx) {
    await rx.invoke('kinesis:DeleteChannel', { ChannelARN }).catch(ignoreMissing)
  },
  async read(ChannelARN, props, rx) {
    const now = await describe(ChannelARN, rx)
    if (!now) return undefined
    const { Tags } = await rx.invoke<{ Tags: unknown }>('kinesis:ListTagsForResource', { ResourceARN: ChannelARN })
    const { Enabled } = now.LoggingConfiguration.CloudWatchLogs
    return {
      ChannelName: now.ChannelName,
      ServiceExecutionRoleARN: now.ServiceExecutionRoleARN,
      StreamConfigurationList: now.StreamConfigurationList.map(({ StreamARN, RecordConfiguration }) => ({
        ...{ StreamARN, RecordConfiguration },
      })),
      S3DestinationConfiguration: now.S3DestinationConfiguration,
      EncryptionConfiguration: now.EncryptionConfiguration,
      // What nobody asked for, and is not done, is as if it was not set.
      LoggingConfiguration: Enabled || props.LoggingConfiguration ? now.LoggingConfiguration : undefined,
      Tags,
    }
  },
  async adopt(ChannelARN, rx) {
    const now = await describe(ChannelARN, rx)
    return now && state(now)
  },
  list: listing('kinesis:ListChannels', { items: 'ChannelSummaries', id: 'ChannelARN' }),
})

async function describe(ChannelARN: string, rx: ResourceReader): Promise<Described | undefined> {
  const found = await rx
    .invoke<{ ChannelDescription: Described }>('kinesis:DescribeChannel', { ChannelARN })
    .catch(ignoreMissing)
  return found?.ChannelDescription
}

/** The channel once it is made or changed. Throws when it has failed, or takes too long to be made. */
async function settled(arn: string, rx: ResourceCtx) {
  const id = readChannelArn(arn)?.id ?? ''
  const isSettled = async (tx: ReadTx) => {
    const now = await tx.get(channel(id))
    return now?.status === 'ACTIVE' || now?.status === 'FAILED' ? now : undefined
  }
  await rx.found(channel.under(id), isSettled, { untilMs: rx.nowMs + settlingMs })
  const now = await describe(arn, rx)
  if (now?.ChannelStatus === 'ACTIVE' || now?.ChannelStatus === 'UPDATING') return state(now)
  throw new ResourceFailure(`Channel ${arn} did not become active: ${now?.ChannelStatusReason ?? 'it takes too long'}`)
}

function state({ ChannelARN, ChannelId, ChannelCreationTimestamp: made }: Described) {
  const ChannelCreationTimestamp = new Date(made).toISOString()
  return { id: ChannelARN, attributes: { ChannelARN, ChannelId, ChannelCreationTimestamp, ChannelStatus: 'ACTIVE' } }
}
