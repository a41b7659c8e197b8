import {
  CreateDeliveryStreamCommand,
  type CreateDeliveryStreamCommandInput,
  FirehoseClient,
} from '@aws-sdk/client-firehose'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { type ClientMaker, makeRole } from './lambda-support.ts'

export const roleArn = 'arn:aws:iam::000000000000:role/firehose'
export const bucketArn = 'arn:aws:s3:::lake'
/** Where records go in these tests, delivered a minute after the first. */
export const lake = {
  RoleARN: roleArn,
  BucketARN: bucketArn,
  BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
}

/** The bucket `lake`, and a role for Firehose that may write to it and do what else is said. */
export async function makeLake(node: ClientMaker, more: object[] = []): Promise<void> {
  await node.client(S3Client).send(new CreateBucketCommand({ Bucket: 'lake' }))
  const writing = { Effect: 'Allow', Action: 's3:PutObject', Resource: `${bucketArn}/*` }
  await makeRole(node, 'firehose', [writing, ...more], 'firehose.amazonaws.com')
}

/** A delivery stream to `lake`, its objects under its own name. Answers the name. */
export async function makeStream(
  node: ClientMaker,
  DeliveryStreamName: string,
  more: Partial<CreateDeliveryStreamCommandInput['ExtendedS3DestinationConfiguration']> = {},
  other: Partial<CreateDeliveryStreamCommandInput> = {},
): Promise<string> {
  const ExtendedS3DestinationConfiguration = { ...lake, Prefix: `${DeliveryStreamName}/`, ...more }
  const given = { DeliveryStreamName, ExtendedS3DestinationConfiguration, ...other }
  await node.client(FirehoseClient).send(new CreateDeliveryStreamCommand(given))
  return DeliveryStreamName
}

/** What is in the bucket under a prefix, by key. */
export async function objectsUnder(node: ClientMaker, Prefix: string, Bucket = 'lake'): Promise<Map<string, Buffer>> {
  const s3 = node.client(S3Client)
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  const found = new Map<string, Buffer>()
  for (const { Key = '' } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    found.set(Key, Buffer.from(await Body!.transformToByteArray()))
  }
  return found
}

/** Settings of a stream that puts JSON records under their own members `who`, and what fails under `errors-`. */
export function partitionedBy(name: string, IntervalInSeconds: number) {
  const extraction = { MetadataExtractionQuery: '{who: .who}', JsonParsingEngine: 'JQ-1.6' } as const
  const Parameters = Object.entries(extraction).map(([ParameterName, ParameterValue]) => ({
    ParameterName: ParameterName as keyof typeof extraction,
    ParameterValue,
  }))
  return {
    BufferingHints: { SizeInMBs: 64, IntervalInSeconds },
    DynamicPartitioningConfiguration: { Enabled: true },
    Prefix: `${name}/who=!{partitionKeyFromQuery:who}/`,
    ErrorOutputPrefix: `errors-${name}/!{firehose:error-output-type}/`,
    ProcessingConfiguration: { Enabled: true, Processors: [{ Type: 'MetadataExtraction' as const, Parameters }] },
  }
}
