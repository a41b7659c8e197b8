import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis'

const kinesis = new KinesisClient()

/** POST /clicks: puts what was posted to the stream, that of a visitor in its order. What it is worth is found out later. */
export async function handler({ body = '' }) {
  const visitor = /"visitor"\s*:\s*"([^"]{1,100})"/.exec(body)?.[1] ?? 'unknown'
  const StreamName = process.env.CLICKS_STREAM
  await kinesis.send(new PutRecordCommand({ StreamName, PartitionKey: visitor, Data: Buffer.from(body) }))
  return { statusCode: 202 }
}
