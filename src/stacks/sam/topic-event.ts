import { isMap, own, type Value, type ValueMap } from '../value.ts'
import { type Event, invalid, permission } from './event.ts'
import { add, passed, pick, refuseOthers, text } from './output.ts'
import { type Needed, servicePolicy } from './role.ts'

/**
 * A subscription of the function, or of a queue that it is mapped to.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sns.html
 */
export function topicEvent(event: Event): Needed | undefined {
  const { of, name, properties, called, out } = event
  const more = ['Region', 'FilterPolicy', 'FilterPolicyScope', 'RedrivePolicy']
  refuseOthers(of.id, properties, ['Topic', 'SqsSubscription', ...more], `Events.${name}.`)
  const topic = own(properties, 'Topic') ?? ''
  const queued = own(properties, 'SqsSubscription') ?? false
  const subscribe = (Protocol: string, Endpoint: Value) => {
    const made = { Endpoint, Protocol, TopicArn: topic, ...pick(properties, more) }
    add(out, of.id + name, 'AWS::SNS::Subscription', made, passed(of.rest))
  }
  if (queued !== false) {
    subscribe('sqs', queueBetween(event, topic, queued))
    return { managed: [servicePolicy('AWSLambdaSQSQueueExecutionRole')], inline: [] }
  }
  subscribe('lambda', called.arn)
  permission(event, 'sns.amazonaws.com', { SourceArn: topic })
  return undefined
}

/** The queue that the topic sends to and the function reads, made unless it is named. Answers its ARN. */
function queueBetween(event: Event, topic: Value, given: Value): Value {
  const { of, name, called, out } = event
  if (given !== true && !isMap(given)) throw invalid(event, 'SqsSubscription must be true or an object.')
  const settings: ValueMap = isMap(given) ? given : {}
  const known = ['QueueArn', 'QueueUrl', 'QueuePolicyLogicalId', 'BatchSize', 'Enabled']
  refuseOthers(of.id, settings, known, `Events.${name}.SqsSubscription.`)
  const id = of.id + name
  const [arn, url] = [own(settings, 'QueueArn'), own(settings, 'QueueUrl')]
  if (isMap(given) && (arn === undefined || url === undefined))
    throw invalid(event, 'No QueueARN or QueueURL provided.')
  if (arn === undefined) add(out, `${id}Queue`, 'AWS::SQS::Queue', {}, passed(of.rest))
  const queue = arn ?? { 'Fn::GetAtt': [`${id}Queue`, 'Arn'] }
  const statement = {
    ...{ Action: 'sqs:SendMessage', Effect: 'Allow', Principal: '*', Resource: queue },
    Condition: { ArnEquals: { 'aws:SourceArn': topic } },
  }
  const policy = {
    PolicyDocument: { Version: '2012-10-17', Statement: [statement] },
    Queues: [url ?? { Ref: `${id}Queue` }],
  }
  const policyId = text(settings, 'QueuePolicyLogicalId') ?? `${id}QueuePolicy`
  add(out, policyId, 'AWS::SQS::QueuePolicy', policy, passed(of.rest))
  const mapping = {
    BatchSize: own(settings, 'BatchSize') ?? 10,
    Enabled: own(settings, 'Enabled') ?? true,
    EventSourceArn: queue,
    FunctionName: called.ref,
  }
  add(out, `${id}EventSourceMapping`, 'AWS::Lambda::EventSourceMapping', mapping, passed(of.rest))
  return queue
}
