const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb')
const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
const { marshall } = require('@aws-sdk/util-dynamodb')
const { reply, version } = require('./shared.js')

const table = new DynamoDBClient({})
const queue = new SQSClient({})

exports.handler = async (event) => {
  const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body
  const { id, customer, kind = 'box', at = 0 } = JSON.parse(text ?? '{}')
  if (!id || !customer) return reply(400, { error: 'id and customer are required' })
  const parcel = { id, customer, kind, registeredAt: at, status: 'registered', carrier: process.env.CARRIER }
  try {
    await table.send(
      new PutItemCommand({
        TableName: process.env.TABLE,
        Item: marshall(parcel),
        ConditionExpression: 'attribute_not_exists(id)',
      }),
    )
  } catch (error) {
    if (error.name !== 'ConditionalCheckFailedException') throw error
    return reply(409, { error: `there is a parcel ${id}` })
  }
  await queue.send(new SendMessageCommand({ QueueUrl: process.env.INTAKE, MessageBody: JSON.stringify(parcel) }))
  console.log(JSON.stringify({ registered: id, version }))
  return reply(201, { id, version, carrier: parcel.carrier }, { 'x-parcel': id })
}
