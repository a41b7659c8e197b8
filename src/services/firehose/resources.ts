import { isAwsError } from '../../kernel/errors.ts'
import { resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty, unreserved } from '../../kernel/resource-tags.ts'
import { listOfTags } from '../../kernel/tag-list.ts'
import { streamArn } from './names.ts'

interface Properties {
  readonly DeliveryStreamName?: string
  readonly DeliveryStreamType?: string
  readonly DirectPutSourceConfiguration?: object
  readonly KinesisStreamSourceConfiguration?: object
  readonly DeliveryStreamEncryptionConfigurationInput?: object
  readonly S3DestinationConfiguration?: object
  readonly ExtendedS3DestinationConfiguration?: object
  readonly HttpEndpointDestinationConfiguration?: object
  readonly Tags?: TagProperty
}

interface Described {
  readonly DeliveryStreamDescription: {
    readonly DeliveryStreamStatus: string
    readonly DeliveryStreamType: string
    readonly VersionId: string
    readonly DeliveryStreamEncryptionConfiguration: { readonly KeyType?: string; readonly KeyARN?: string }
    readonly Source?: { readonly DirectPutSourceDescription?: object; readonly KinesisStreamSourceDescription?: object }
    readonly Destinations: readonly Destination[]
  }
}
interface Destination {
  readonly DestinationId: string
  readonly S3DestinationDescription?: object
  readonly ExtendedS3DestinationDescription?: { readonly S3BackupDescription?: object }
  readonly HttpEndpointDestinationDescription?: { readonly S3DestinationDescription?: object }
}

const creating = [
  'DeliveryStreamType',
  'DirectPutSourceConfiguration',
  'KinesisStreamSourceConfiguration',
  'DeliveryStreamEncryptionConfigurationInput',
  'S3DestinationConfiguration',
  'ExtendedS3DestinationConfiguration',
  'HttpEndpointDestinationConfiguration',
] as const

/** What a bucket's settings are when a template says nothing of them: an update leaves what it does not name. */
const bucketDefaults = {
  Prefix: '',
  ErrorOutputPrefix: '',
  BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 },
  CompressionFormat: 'UNCOMPRESSED',
  EncryptionConfiguration: { NoEncryptionConfig: 'NoEncryption' },
  CloudWatchLoggingOptions: { Enabled: false },
}
const extendedDefaults = {
  ...bucketDefaults,
  ProcessingConfiguration: { Enabled: false },
  S3BackupMode: 'Disabled',
  FileExtension: '',
  CustomTimeZone: 'UTC',
}

export const resources = {
  'AWS::KinesisFirehose::DeliveryStream': resource<Properties>({
    properties: ['DeliveryStreamName', ...creating, 'Tags'],
    async create(props, rx) {
      const DeliveryStreamName = props.DeliveryStreamName ?? rx.name({ maxLength: 64 })
      const given = creating.flatMap((name) => (props[name] === undefined ? [] : [[name, props[name]]]))
      const Tags = listOfTags(unreserved(resourceTags(props.Tags, rx)))
      await rx.invoke('firehose:CreateDeliveryStream', {
        ...{ DeliveryStreamName, ...Object.fromEntries(given) },
        ...(Tags.length > 0 && { Tags }),
      })
      return state(DeliveryStreamName, rx)
    },
    async update(id, props, previous, rx) {
      const named = { DeliveryStreamName: id }
      const { DeliveryStreamDescription: now } = await rx.invoke<Described>('firehose:DescribeDeliveryStream', named)
      const { DestinationId } = now.Destinations[0]!
      const at = { ...named, CurrentDeliveryStreamVersionId: now.VersionId, DestinationId }
      await rx.invoke('firehose:UpdateDestination', { ...at, ...updateOf(props) })
      const { DeliveryStreamEncryptionConfigurationInput: encryption } = props
      if (encryption) {
        const asked = { ...named, DeliveryStreamEncryptionConfigurationInput: encryption }
        await rx.invoke('firehose:StartDeliveryStreamEncryption', asked)
      } else if (previous.DeliveryStreamEncryptionConfigurationInput) {
        await rx.invoke('firehose:StopDeliveryStreamEncryption', named)
      }
      const TagKeys = removedTags(props.Tags, previous.Tags, rx)
      if (TagKeys.length > 0) await rx.invoke('firehose:UntagDeliveryStream', { ...named, TagKeys })
      const Tags = listOfTags(unreserved(resourceTags(props.Tags, rx)))
      if (Tags.length > 0) await rx.invoke('firehose:TagDeliveryStream', { ...named, Tags })
      return state(id, rx)
    },
    async delete(id, _props, rx) {
      await rx.invoke('firehose:DeleteDeliveryStream', { DeliveryStreamName: id }).catch(ignoreMissing)
    },
    async read(id, props, rx) {
      const named = { DeliveryStreamName: id }
      const found = await rx.invoke<Described>('firehose:DescribeDeliveryStream', named).catch(ignoreMissing)
      if (!found || found.DeliveryStreamDescription.DeliveryStreamStatus === 'DELETING') return undefined
      const { Tags } = await rx.invoke<{ Tags: unknown }>('firehose:ListTagsForDeliveryStream', named)
      const { KeyType, KeyARN } = found.DeliveryStreamDescription.DeliveryStreamEncryptionConfiguration
      const { DeliveryStreamType, Source } = found.DeliveryStreamDescription
      return {
        DeliveryStreamName: id,
        DeliveryStreamType,
        DirectPutSourceConfiguration: Source?.DirectPutSourceDescription,
        KinesisStreamSourceConfiguration: Source?.KinesisStreamSourceDescription,
        DeliveryStreamEncryptionConfigurationInput: KeyType && { KeyType, ...(KeyARN && { KeyARN }) },
        ...destinationNow(found.DeliveryStreamDescription.Destinations[0]!, props),
        Tags,
      }
    },
    adopt: state,
    async *list(rx) {
      let last: string | undefined
      for (;;) {
        const asked = last === undefined ? {} : { ExclusiveStartDeliveryStreamName: last }
        const page = await rx.invoke<Listed>('firehose:ListDeliveryStreams', asked)
        yield* page.DeliveryStreamNames
        last = page.DeliveryStreamNames.at(-1)
        if (!page.HasMoreDeliveryStreams || last === undefined) return
      }
    },
  }),
}

interface Listed {
  readonly DeliveryStreamNames: readonly string[]
  readonly HasMoreDeliveryStreams: boolean
}

function updateOf(props: Properties): object {
  const { HttpEndpointDestinationConfiguration: http, ExtendedS3DestinationConfiguration: extended } = props
  const { S3DestinationConfiguration: plain } = props
  if (http) {
    const { S3Configuration, ...rest }: { S3Configuration?: object } = http
    return { HttpEndpointDestinationUpdate: { ...rest, S3Update: { ...bucketDefaults, ...S3Configuration } } }
  }
  if (!extended) return { S3DestinationUpdate: { ...bucketDefaults, ...plain } }
  const { S3BackupConfiguration: backup, ...rest }: { S3BackupConfiguration?: object } = extended
  const S3BackupUpdate = backup && { ...bucketDefaults, ...backup }
  return { ExtendedS3DestinationUpdate: { ...extendedDefaults, ...rest, ...(S3BackupUpdate && { S3BackupUpdate }) } }
}

/** The destination under the property that the template has for it. */
function destinationNow(now: Destination, props: Properties): Record<string, unknown> {
  const { ExtendedS3DestinationDescription: s3, HttpEndpointDestinationDescription: http } = now
  const { S3DestinationDescription: S3Configuration, ...endpoint } = http ?? {}
  const { S3BackupDescription: S3BackupConfiguration, ...extended } = s3 ?? {}
  return {
    HttpEndpointDestinationConfiguration: http && { ...endpoint, S3Configuration },
    S3DestinationConfiguration: props.S3DestinationConfiguration && now.S3DestinationDescription,
    ExtendedS3DestinationConfiguration:
      s3 && !props.S3DestinationConfiguration
        ? { ...extended, ...(S3BackupConfiguration && { S3BackupConfiguration }) }
        : undefined,
  }
}

function ignoreMissing(error: unknown): undefined {
  if (!isAwsError(error, 'ResourceNotFoundException')) throw error
}

function state(name: string, rx: { readonly account: string; readonly region: string }) {
  return { id: name, attributes: { Arn: streamArn(rx, name) } }
}
