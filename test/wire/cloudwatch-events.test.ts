import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { startNode } from '../harness.ts'

test("an alarm's change of state reaches the rules of the default event bus", async () => {
  await using node = await startNode()
  const sqs = node.client(SQSClient)
  const cloudwatch = node.client(CloudWatchClient)
  const events = node.client(EventBridgeClient)
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }))
  const arn = 'arn:aws:sqs:us-east-1:000000000000:q'
  const Statement = [
    { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: arn },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  const EventPattern = JSON.stringify({ source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } })
  await events.send(new PutRuleCommand({ Name: 'alarms', EventPattern }))
  await events.send(new PutTargetsCommand({ Rule: 'alarms', Targets: [{ Id: 'q', Arn: arn }] }))
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'a',
      Namespace: 'n',
      MetricName: 'm',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  )
  await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'a', StateValue: 'ALARM', StateReason: 'a test' }))
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  expect(JSON.parse(Messages?.[0]?.Body ?? '{}')).toMatchObject({
    'detail-type': 'CloudWatch Alarm State Change',
    source: 'aws.cloudwatch',
    resources: ['arn:aws:cloudwatch:us-east-1:000000000000:alarm:a'],
    detail: { alarmName: 'a', state: { value: 'ALARM' }, previousState: { value: 'INSUFFICIENT_DATA' } },
  })
})
