import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'

const db = new DynamoDBClient()

/**
 * Keeps the page that each visitor was on last. The clicks of one come in their order, as the visitor is their key, and
 * a click that comes again, with those after it, leaves what it left the first time.
 */
export async function handler({ Records }) {
  for (const { kinesis } of Records) {
    const { visitor, path } = parse(Buffer.from(kinesis.data, 'base64').toString()) ?? {}
    if (typeof visitor !== 'string' || typeof path !== 'string') continue
    const Item = { visitor: { S: visitor }, path: { S: path } }
    try {
      await db.send(new PutItemCommand({ TableName: process.env.VISITORS_TABLE, Item }))
    } catch (error) {
      // This one and those after it come again; those before it are done.
      console.error(error)
      return { batchItemFailures: [{ itemIdentifier: kinesis.sequenceNumber }] }
    }
  }
  return { batchItemFailures: [] }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
