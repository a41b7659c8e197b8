import { gunzipSync } from 'node:zlib'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'

const topic = new SNSClient()

/** Publishes the error lines of the worker. What a subscription filter sends is packed. */
export async function handler({ awslogs }) {
  const { logGroup, logEvents } = JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString())
  const Message = logEvents.map(({ message }) => message.trim()).join('\n')
  await topic.send(
    new PublishCommand({ TopicArn: process.env.ALERTS_TOPIC, Subject: `Errors in ${logGroup}`, Message }),
  )
}
