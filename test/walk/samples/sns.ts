import { att, policy, ref, type Samples, tags, to } from '../sample.ts'

const topic = { Type: 'AWS::SNS::Topic' }
const queue = { Type: 'AWS::SQS::Queue' }
const fifo = { FifoTopic: true }

export const sns: Samples = {
  'AWS::SNS::Topic': {
    beside: { Queue: queue, Other: queue },
    base: {},
    changes: {
      TopicName: to('walked-topic'),
      DisplayName: to('Walked'),
      FifoTopic: to(true),
      ContentBasedDeduplication: to(true, fifo),
      FifoThroughputScope: to('MessageGroup', fifo),
      KmsMasterKeyId: to('alias/aws/sns'),
      SignatureVersion: to('2'),
      Subscription: to([{ Protocol: 'sqs', Endpoint: att('Queue', 'Arn') }]),
      Tags: to(tags),
    },
    still: {
      TracingConfig: 'Active is refused by name.',
      ArchivePolicy: 'A topic that has one is not deleted: test/wire/sns-cloudformation.test.ts.',
    },
    leaves: { SignatureVersion: 'It is set to 1, which is what holds without it.' },
  },
  'AWS::SNS::Subscription': {
    beside: { 'Topic~': topic, 'Other~': topic, 'Queue~': queue, 'Second~': queue },
    base: { TopicArn: ref('Topic~'), Protocol: 'sqs', Endpoint: att('Queue~', 'Arn') },
    changes: {
      TopicArn: to(ref('Other~')),
      Endpoint: to(att('Second~', 'Arn')),
      RawMessageDelivery: to(true),
      FilterPolicy: to({ kind: ['order'] }),
      FilterPolicyScope: to('MessageBody', { FilterPolicy: { kind: ['order'] } }),
      RedrivePolicy: to({ deadLetterTargetArn: att('Second~', 'Arn') }),
    },
    still: {
      Protocol: 'An endpoint of the one is none of the other.',
      Region: 'There is but one.',
      SubscriptionRoleArn: 'It is for Firehose: test/wire/firehose-cloudformation.test.ts.',
      DeliveryPolicy: 'It is for HTTP endpoints: test/wire/sns-http.test.ts.',
      ReplayPolicy: 'It is for topics with an archive: test/wire/sns-cloudformation.test.ts.',
    },
  },
  'AWS::SNS::TopicPolicy': {
    beside: { 'Topic~': topic, 'Other~': topic },
    base: { PolicyDocument: policy('sns:Publish', ref('Topic~')), Topics: [ref('Topic~')] },
    changes: {
      PolicyDocument: to(policy('sns:Subscribe', ref('Topic~'))),
      Topics: to([ref('Topic~'), ref('Other~')], { PolicyDocument: policy('sns:Publish') }),
    },
  },
  'AWS::SNS::TopicInlinePolicy': {
    beside: { 'Topic~': topic, 'Other~': topic },
    base: { PolicyDocument: policy('sns:Publish'), TopicArn: ref('Topic~') },
    changes: { PolicyDocument: to(policy('sns:Subscribe')), TopicArn: to(ref('Other~')) },
  },
}
