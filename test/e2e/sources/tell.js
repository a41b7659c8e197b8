const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs')

const sqs = new SQSClient()

exports.handler = async (event, { functionName }) => {
  const MessageBody = JSON.stringify({ functionName, event })
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.TOLD, MessageBody }))
  return 'told'
}
