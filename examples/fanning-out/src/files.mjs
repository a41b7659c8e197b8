import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'

const bucket = new S3Client()
const table = DynamoDBDocumentClient.from(new DynamoDBClient())

/** The first bytes of an announced file. */
export async function beginning({ bucket: Bucket, key: Key }, bytes) {
  const { Body } = await bucket.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=0-${bytes - 1}` }))
  return Buffer.from(await Body.transformToByteArray())
}

/** Keeps what was found out about a file. Keeping it again changes nothing. */
export async function keep({ key, kind, sizeBytes }, facts) {
  await table.send(new PutCommand({ TableName: process.env.FILES_TABLE, Item: { key, kind, sizeBytes, ...facts } }))
}
