import { own, type Value, type ValueMap } from '../value.ts'
import { deadLetterQueue } from './dead-letters.ts'
import { policy } from './destinations.ts'
import { type Event, invalid } from './event.ts'
import { add, passed, pick, refuseOthers } from './output.ts'

const same = [
  ...['ScheduleExpression', 'State', 'Description', 'StartDate', 'EndDate', 'ScheduleExpressionTimezone'],
  ...['GroupName', 'KmsKeyArn'],
]
const known = [
  ...same,
  ...['Name', 'OmitName', 'FlexibleTimeWindow', 'Input', 'RetryPolicy', 'DeadLetterConfig', 'RoleArn'],
  'PermissionsBoundary',
]

/**
 * A schedule of EventBridge Scheduler, with a role that may call the function unless one is named, and a dead-letter queue
 * where one is asked for.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedulev2.html
 */
export function scheduleEvent(event: Event): undefined {
  const { of, name, properties, called, out } = event
  refuseOthers(of.id, properties, known, `Events.${name}.`)
  const id = of.id + name
  if (own(properties, 'ScheduleExpression') === undefined) throw invalid(event, 'No ScheduleExpression provided.')
  const deadLetters = deadLetterQueue(event, id)
  add(
    out,
    id,
    'AWS::Scheduler::Schedule',
    {
      ...pick(properties, same),
      ...nameOf(event, id),
      FlexibleTimeWindow: own(properties, 'FlexibleTimeWindow') ?? { Mode: 'OFF' },
      Target: {
        Arn: called.arn,
        RoleArn: own(properties, 'RoleArn') ?? roleMade(event, id, deadLetters),
        ...pick(properties, ['Input', 'RetryPolicy']),
        ...(deadLetters === undefined ? {} : { DeadLetterConfig: { Arn: deadLetters } }),
      },
    },
    passed(of.rest),
  )
}

function nameOf(event: Event, id: string): ValueMap {
  const given = own(event.properties, 'Name')
  if (own(event.properties, 'OmitName') !== true) return { Name: given ?? id }
  if (given !== undefined) throw invalid(event, 'Name cannot be set when OmitName is True')
  return {}
}

function roleMade({ of, properties, called, out }: Event, id: string, deadLetters: Value | undefined): Value {
  const assumed = { Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: ['scheduler.amazonaws.com'] } }
  const role = `${id}Role`
  add(
    out,
    role,
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [assumed] },
      Policies: [
        policy('Lambda', called.arn, id),
        ...(deadLetters === undefined ? [] : [policy('SQS', deadLetters, id)]),
      ],
      ...pick(properties, ['PermissionsBoundary']),
    },
    passed(of.rest),
  )
  return { 'Fn::GetAtt': [role, 'Arn'] }
}
