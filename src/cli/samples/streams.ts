import { gzipSync } from 'node:zlib'
import { type Sample, type SampleSetting, seconds } from './sample.ts'

const sequence = '49590338271490256608559692538361571095921575989136588898'
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
function streamRecords({ at, region, account, body }: SampleSetting) {
  return {
    Records: [
      {
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: 'order-42',
          sequenceNumber: sequence,
          data: base64(body),
          approximateArrivalTimestamp: seconds(at),
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: `shardId-000000000000:${sequence}`,
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: `arn:aws:iam::${account}:role/orders`,
        awsRegion: region,
        eventSourceARN: `arn:aws:kinesis:${region}:${account}:stream/orders`,
      },
    ],
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
function tableChanges({ at, region, account, newId }: SampleSetting) {
  const table = `arn:aws:dynamodb:${region}:${account}:table/orders`
  const change = (eventName: 'INSERT' | 'MODIFY' | 'REMOVE', number: number, images: object) => ({
    eventID: newId().replaceAll('-', ''),
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(seconds(at)),
      Keys: { id: { S: '42' } },
      ...images,
      SequenceNumber: `10000000000000000000000${number}`,
      SizeBytes: 26,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
    eventSourceARN: `${table}/stream/2026-01-01T00:00:00.000`,
  })
  const placed = { id: { S: '42' }, status: { S: 'placed' }, total: { N: '900' } }
  const shipped = { ...placed, status: { S: 'shipped' } }
  return {
    Records: [
      change('INSERT', 1, { NewImage: placed }),
      change('MODIFY', 2, { NewImage: shipped, OldImage: placed }),
      change('REMOVE', 3, { OldImage: shipped }),
    ],
  }
}

/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
function firehoseRecords({ at, region, account, body, newId }: SampleSetting) {
  return {
    invocationId: newId(),
    deliveryStreamArn: `arn:aws:firehose:${region}:${account}:deliverystream/orders`,
    region,
    records: [{ recordId: `${sequence}000000`, approximateArrivalTimestamp: at.getTime(), data: base64(body) }],
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
function logBatch({ at, account, body }: SampleSetting) {
  const batch = {
    messageType: 'DATA_MESSAGE',
    owner: account,
    logGroup: '/aws/lambda/orders',
    logStream: '2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef',
    subscriptionFilters: ['sample'],
    logEvents: [
      { id: '36027894371493253126782396731924537123456789012345678901', timestamp: at.getTime(), message: body },
    ],
  }
  return { awslogs: { data: gzipSync(JSON.stringify(batch)).toString('base64') } }
}

export const streams: Readonly<Record<string, Sample>> = {
  kinesis: {
    summary: 'a batch of one record of a Kinesis stream',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html',
    takesBody: true,
    make: streamRecords,
  },
  dynamodb: {
    summary: "an item's insertion, change and removal, of a table's stream",
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html',
    takesBody: false,
    make: tableChanges,
  },
  firehose: {
    summary: 'a record to transform, of a Firehose stream',
    source: 'https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html',
    takesBody: true,
    make: firehoseRecords,
  },
  logs: {
    summary: 'log lines of a CloudWatch Logs subscription',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html',
    takesBody: true,
    make: logBatch,
  },
}
