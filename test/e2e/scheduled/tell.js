const { SendMessageCommand, SQSClient } = require('@aws-sdk/client-sqs')

/** Says what it was called with. */
exports.handler = async (event) => {
  await new SQSClient({}).send(
    new SendMessageCommand({ QueueUrl: process.env.TOLD, MessageBody: JSON.stringify(event) }),
  )
}
