import { att, policy, ref, type Samples, tags, to } from '../sample.ts'

const queues = { 'Queue~': { Type: 'AWS::SQS::Queue' }, 'Other~': { Type: 'AWS::SQS::Queue' } }
const fifo = { FifoQueue: true }

export const sqs: Samples = {
  'AWS::SQS::Queue': {
    beside: { Dead: { Type: 'AWS::SQS::Queue' } },
    base: {},
    changes: {
      QueueName: to('walked-queue'),
      FifoQueue: to(true),
      ContentBasedDeduplication: to(true, fifo),
      DeduplicationScope: to('messageGroup', fifo),
      FifoThroughputLimit: to('perMessageGroupId', { ...fifo, DeduplicationScope: 'messageGroup' }),
      DelaySeconds: to(5),
      KmsDataKeyReusePeriodSeconds: to(600, { SqsManagedSseEnabled: false, KmsMasterKeyId: 'alias/aws/sqs' }),
      KmsMasterKeyId: to('alias/aws/sqs', { SqsManagedSseEnabled: false }),
      MaximumMessageSize: to(2_048),
      MessageRetentionPeriod: to(120),
      ReceiveMessageWaitTimeSeconds: to(3),
      RedriveAllowPolicy: to({ redrivePermission: 'denyAll' }),
      RedrivePolicy: to({ deadLetterTargetArn: att('Dead', 'Arn'), maxReceiveCount: 3 }),
      SqsManagedSseEnabled: to(false),
      VisibilityTimeout: to(77),
      Tags: to(tags),
    },
  },
  'AWS::SQS::QueuePolicy': {
    beside: queues,
    base: { PolicyDocument: policy('sqs:SendMessage'), Queues: [ref('Queue~')] },
    changes: {
      PolicyDocument: to(policy('sqs:ReceiveMessage')),
      Queues: to([ref('Queue~'), ref('Other~')]),
    },
  },
  'AWS::SQS::QueueInlinePolicy': {
    beside: queues,
    base: { PolicyDocument: policy('sqs:SendMessage'), Queue: ref('Queue~') },
    changes: { PolicyDocument: to(policy('sqs:ReceiveMessage')), Queue: to(ref('Other~')) },
  },
}
