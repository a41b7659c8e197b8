import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'

const topic = new SNSClient()
const kinds = { txt: 'text', md: 'text', png: 'image' }

/** Publishes each upload with its kind as an attribute, which is what subscriptions filter by. */
export async function handler({ Records }) {
  for (const { s3 } of Records) {
    // Keys come as in a form: spaces as +.
    const key = decodeURIComponent(s3.object.key.replaceAll('+', ' '))
    const kind = kinds[key.slice(key.lastIndexOf('.') + 1).toLowerCase()] ?? 'other'
    const Message = JSON.stringify({ bucket: s3.bucket.name, key, kind, sizeBytes: s3.object.size })
    const MessageAttributes = { kind: { DataType: 'String', StringValue: kind } }
    await topic.send(new PublishCommand({ TopicArn: process.env.UPLOADED_TOPIC, Message, MessageAttributes }))
    console.log(`${key} is announced as ${kind}`)
  }
}
