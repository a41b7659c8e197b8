const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb')
const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs')

const { TABLE: TableName, QUEUE: QueueUrl, GREETING } = process.env

exports.take = async ({ body }) => {
  await new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody: body }))
  return { statusCode: 202, body: GREETING }
}

exports.keep = async ({ Records }) => {
  for (const { body } of Records) {
    await new DynamoDBClient().send(new PutItemCommand({ TableName, Item: { id: { S: body } } }))
  }
}
