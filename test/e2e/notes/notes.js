const { DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } = require('@aws-sdk/client-dynamodb')
const { PutObjectCommand, S3Client } = require('@aws-sdk/client-s3')
const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs')

const table = new DynamoDBClient()
const { TABLE: TableName, QUEUE: QueueUrl, BUCKET: Bucket, GREETING } = process.env
const version = 'one'

exports.write = async (event) => {
  const { id, text } = JSON.parse(event.body)
  await table.send(new PutItemCommand({ TableName, Item: { id: { S: id }, text: { S: text } } }))
  await new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ id, text }) }))
  console.log('written', id)
  return { statusCode: 201, body: JSON.stringify({ id, version }) }
}

exports.read = async (event) => {
  const { Item } = await table.send(new GetItemCommand({ TableName, Key: { id: { S: event.pathParameters.id } } }))
  return Item ? { id: Item.id.S, text: Item.text.S } : { statusCode: 404, body: 'no such note' }
}

exports.rest = async (event) => ({
  statusCode: 200,
  headers: { 'x-greeting': GREETING },
  body: JSON.stringify({ name: event.pathParameters.name, stage: event.requestContext.stage }),
})

exports.archive = async (event) => {
  for (const { body } of event.Records) {
    const { id, text } = JSON.parse(body)
    await new S3Client().send(new PutObjectCommand({ Bucket, Key: `${id}.txt`, Body: text }))
  }
  return { batchItemFailures: [] }
}

exports.forbidden = async () => {
  await table.send(new ScanCommand({ TableName }))
}
