import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

export const handler = async (): Promise<string> => {
  const sent = await new SQSClient({}).send(
    new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: 'order' }),
  )
  return sent.MessageId ?? ''
}
