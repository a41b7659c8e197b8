import { isMap, own, type Value } from '../value.ts'
import { onBehalf } from './connector-profiles.ts'
import { type Event, invalid } from './event.ts'
import { add, passed, refuseOthers, text } from './output.ts'

/**
 * The ARN of the queue that an event's DeadLetterConfig names or has made. One that is made for a rule has a policy that
 * lets that rule send to it; a schedule has its role for that.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-deadletterconfig.html
 */
export function deadLetterQueue(event: Event, id: string, rule?: Value): Value | undefined {
  const config = own(event.properties, 'DeadLetterConfig')
  if (config === undefined) return undefined
  if (!isMap(config)) throw invalid(event, 'DeadLetterConfig must be an object.')
  refuseOthers(event.of.id, config, ['Arn', 'Type', 'QueueLogicalId'], `Events.${event.name}.DeadLetterConfig.`)
  const [arn, type] = [own(config, 'Arn'), own(config, 'Type')]
  if (arn !== undefined && type !== undefined)
    throw invalid(event, "You can either define 'Arn' or 'Type' property of DeadLetterConfig.")
  if (arn !== undefined) return arn
  if (type === undefined) throw invalid(event, "No 'Arn' or 'Type' property provided for DeadLetterConfig.")
  if (type !== 'SQS') throw invalid(event, "The only valid value for 'Type' property of DeadLetterConfig is 'SQS'.")
  const queue = text(config, 'QueueLogicalId') ?? `${id}Queue`
  add(event.out, queue, 'AWS::SQS::Queue', {}, passed(event.of.rest))
  const made = { 'Fn::GetAtt': [queue, 'Arn'] }
  if (rule === undefined) return made
  const PolicyDocument = {
    Version: '2012-10-17',
    Statement: [onBehalf('events.amazonaws.com', 'sqs:SendMessage', made, rule)],
  }
  const policy = { PolicyDocument, Queues: [{ Ref: queue }] }
  add(event.out, `${id}QueuePolicy`, 'AWS::SQS::QueuePolicy', policy, passed(event.of.rest))
  return made
}
