import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis'

const kinesis = new KinesisClient()

/** POST /clicks: puts what was posted to the stream, that of a visitor in its order. What it is worth is found out later. */
export async function handler({ body = '', isBase64Encoded }) {
  const Data = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  const visitor = /"visitor"\s*:\s*"([^"]{1,100})"/.exec(Data.toString())?.[1] ?? 'unknown'
  await kinesis.send(new PutRecordCommand({ StreamName: process.env.CLICKS_STREAM, PartitionKey: visitor, Data }))
  return { statusCode: 202 }
}
