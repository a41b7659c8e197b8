import { att, ref, roleOf, type Samples, tags, to } from '../sample.ts'

const off = { Mode: 'OFF' }
const key = 'arn:aws:kms:us-east-1:000000000000:key/0123abcd'
const target = { Arn: att('Queue', 'Arn'), RoleArn: att('Role', 'Arn') }

export const scheduler: Samples = {
  'AWS::Scheduler::Schedule': {
    beside: {
      Queue: { Type: 'AWS::SQS::Queue' },
      Role: roleOf('scheduler.amazonaws.com'),
      Group: { Type: 'AWS::Scheduler::ScheduleGroup' },
    },
    base: { ScheduleExpression: 'cron(0 0 1 1 ? 2199)', FlexibleTimeWindow: off, Target: target },
    changes: {
      Name: to('walked-schedule'),
      GroupName: to(ref('Group')),
      Description: to('every day'),
      ScheduleExpression: to('at(2199-01-02T03:04:05)'),
      ScheduleExpressionTimezone: to('Europe/Vienna'),
      StartDate: to('2100-01-01T00:00:00.000Z'),
      EndDate: to('2198-01-01T00:00:00Z'),
      FlexibleTimeWindow: to({ Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 }),
      State: to('DISABLED'),
      KmsKeyArn: to(key),
      Target: to({ ...target, Input: 'x', RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 1 } }),
    },
  },
  'AWS::Scheduler::ScheduleGroup': {
    base: {},
    changes: { Name: to('walked-group'), Tags: to(tags) },
  },
}
