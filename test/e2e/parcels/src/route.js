const { DynamoDBClient, UpdateItemCommand } = require('@aws-sdk/client-dynamodb')
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3')
const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')

const table = new DynamoDBClient({})
const s3 = new S3Client({})
const queue = new SQSClient({})

// A label for each parcel. Cursed ones are never delivered; the others of their batch are.
exports.handler = async ({ Records }) => {
  const batchItemFailures = []
  for (const { messageId, body } of Records) {
    try {
      await label(JSON.parse(body))
    } catch (error) {
      console.error(`no label: ${error.message}`)
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}

async function label({ id, customer, kind }) {
  if (kind === 'cursed') throw new Error(`${id} is cursed`)
  await s3.send(new PutObjectCommand({ Bucket: process.env.LABELS, Key: `labels/${id}.txt`, Body: `to ${customer}` }))
  await table.send(
    new UpdateItemCommand({
      TableName: process.env.TABLE,
      Key: { id: { S: id } },
      UpdateExpression: 'SET #s = :s ADD labelled :one',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':s': { S: 'labelled' }, ':one': { N: '1' } },
    }),
  )
  await queue.send(new SendMessageCommand({ QueueUrl: process.env.LEDGER, MessageBody: id, MessageGroupId: customer }))
}
