import { createHash } from 'node:crypto'
import type { Sample, SampleSetting } from './sample.ts'

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function queueMessages({ at, region, account, body, newId }: SampleSetting) {
  return {
    Records: [
      {
        messageId: newId(),
        receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
        body,
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: String(at.getTime() - 100),
          SenderId: 'AIDAEXAMPLESENDER0001',
          ApproximateFirstReceiveTimestamp: String(at.getTime()),
        },
        messageAttributes: {},
        md5OfBody: createHash('md5').update(body).digest('hex'),
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:${region}:${account}:orders`,
        awsRegion: region,
      },
    ],
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
function notification({ at, region, account, body, newId }: SampleSetting) {
  const topic = `arn:aws:sns:${region}:${account}:orders`
  const subscription = `${topic}:${newId()}`
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscription,
        Sns: {
          Type: 'Notification',
          MessageId: newId(),
          TopicArn: topic,
          Subject: 'An order',
          Message: body,
          Timestamp: at.toISOString(),
          SignatureVersion: '1',
          Signature: 'EXAMPLE',
          SigningCertUrl: `https://sns.${region}.amazonaws.com/SimpleNotificationService.pem`,
          UnsubscribeUrl: `https://sns.${region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${subscription}`,
          MessageAttributes: { kind: { Type: 'String', Value: 'sample' } },
        },
      },
    ],
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
function busEvent({ at, region, account, newId }: SampleSetting, source: string, type: string, detail: unknown) {
  return {
    version: '0',
    id: newId(),
    'detail-type': type,
    source,
    account,
    time: `${at.toISOString().slice(0, 19)}Z`,
    region,
    resources: [] as string[],
    detail,
  }
}

function asDetail(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Not JSON: a detail is an object, and so holds the text.
  }
  return { message: body }
}

/** https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html */
function mail({ at, newId }: SampleSetting) {
  const messageId = newId()
  const passed = { status: 'PASS' }
  return {
    Records: [
      {
        eventSource: 'aws:ses',
        eventVersion: '1.0',
        ses: {
          mail: {
            timestamp: at.toISOString(),
            source: 'ada@example.com',
            messageId,
            destination: ['orders@example.com'],
            headersTruncated: false,
            headers: [{ name: 'Subject', value: 'An order' }],
            commonHeaders: {
              returnPath: 'ada@example.com',
              from: ['Ada <ada@example.com>'],
              date: at.toUTCString(),
              to: ['orders@example.com'],
              messageId: '<sample@example.com>',
              subject: 'An order',
            },
          },
          receipt: {
            timestamp: at.toISOString(),
            processingTimeMillis: 120,
            recipients: ['orders@example.com'],
            spamVerdict: passed,
            virusVerdict: passed,
            spfVerdict: passed,
            dkimVerdict: passed,
            dmarcVerdict: passed,
            action: {
              type: 'Lambda',
              functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:sample',
              invocationType: 'Event',
            },
          },
        },
      },
    ],
  }
}

export const messages: Readonly<Record<string, Sample>> = {
  sqs: {
    summary: 'a batch of one message of an SQS queue',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html',
    takesBody: true,
    make: queueMessages,
  },
  sns: {
    summary: 'a notification of an SNS topic',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html',
    takesBody: true,
    make: notification,
  },
  eventbridge: {
    summary: 'an event of an EventBridge bus; a body of your own is its detail',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html',
    takesBody: true,
    make: (setting) => busEvent(setting, 'com.example.orders', 'OrderPlaced', asDetail(setting.body)),
  },
  schedule: {
    summary: 'what a schedule of EventBridge sends',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html',
    takesBody: false,
    make: (setting) => ({
      ...busEvent(setting, 'aws.events', 'Scheduled Event', {}),
      resources: [`arn:aws:events:${setting.region}:${setting.account}:rule/every-hour`],
    }),
  },
  ses: {
    summary: 'a mail that SES received',
    source: 'https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html',
    takesBody: false,
    make: mail,
  },
}
