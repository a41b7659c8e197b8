import { isMap, own, type Value, type ValueMap } from '../value.ts'
import { add, type Declared, type Output, passed, refuseOthers, samError, text } from './output.ts'

/** What may be done with a destination of each type, in the words of the transform. */
const statements: Readonly<Record<string, (arn: Value) => Value[]>> = {
  SQS: (arn) => [allowed('sqs:SendMessage', arn)],
  SNS: (arn) => [allowed('sns:publish', arn)],
  S3: (arn) => [allowed('s3:PutObject', { 'Fn::Join': ['/', [arn, '*']] }), allowed('s3:ListBucket', arn)],
  Lambda: (arn) => [allowed('lambda:InvokeFunction', arn)],
  EventBridge: (arn) => [allowed('events:PutEvents', arn)],
}

function allowed(action: string, resource: Value): ValueMap {
  return { Action: action, Effect: 'Allow', Resource: resource }
}

/** A policy of a role that lets it use a destination of a type (`SQS`, `Lambda`, …), named after what it is for. */
export function policy(type: string, arn: Value, id: string): ValueMap {
  return { PolicyName: `${id}${type}Policy`, PolicyDocument: { Statement: statements[type]?.(arn) ?? [] } }
}

/** A DestinationConfig without what is the transform's own, and the policies that the function's role gets for it. */
export interface Destined {
  readonly config: ValueMap
  readonly policies: readonly ValueMap[]
}

/**
 * Where a mapping's failed batches go. `Type` says what the function's role may do, and is no property of the mapping:
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-kinesis.html
 */
export function mappingDestination(of: Declared, id: string, config: Value): Destined {
  const wrong = (why: string) => samError(of.id, `Event with id [${id}] is invalid. ${why}`)
  const onFailure = isMap(config) ? own(config, 'OnFailure') : undefined
  if (!isMap(config) || !isMap(onFailure)) throw wrong("Property 'DestinationConfig.OnFailure' should be a map.")
  refuseOthers(of.id, config, ['OnFailure'], 'DestinationConfig.')
  refuseOthers(of.id, onFailure, ['Type', 'Destination'], 'DestinationConfig.OnFailure.')
  const type = own(onFailure, 'Type')
  if (type === undefined) return { config, policies: [] }
  if (type === 'Kafka') throw wrong("'Type: Kafka' is not supported by Landfall.")
  if (type !== 'SQS' && type !== 'SNS' && type !== 'S3') {
    throw wrong("The only valid values for 'Type' are 'SQS', 'SNS', 'S3', and 'Kafka'")
  }
  const arn = own(onFailure, 'Destination')
  if (arn === undefined) throw wrong("Property 'DestinationConfig.OnFailure.Destination' is required.")
  return { config: { OnFailure: { Destination: arn } }, policies: [policy(type, arn, id)] }
}

const invokeTypes = ['SQS', 'SNS', 'EventBridge', 'Lambda', 'S3Bucket']
const made = ['SQS', 'SNS']

/**
 * Where a function's asynchronous invocations go. A queue or a topic is made where none is named, and is then
 * `<function>.DestinationQueue` or `<function>.DestinationTopic` to the rest of the template:
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-destinationconfiguration.html
 */
export function invokeDestinations(of: Declared, config: Value, out: Output): Destined {
  const where = 'EventInvokeConfig.DestinationConfig'
  if (!isMap(config)) throw samError(of.id, `Property '${where}' should be a map.`)
  refuseOthers(of.id, config, ['OnSuccess', 'OnFailure'], `${where}.`)
  const all = Object.entries(config).map(([on, destination]) => {
    if (!isMap(destination)) throw samError(of.id, `Property '${where}.${on}' should be a map.`)
    refuseOthers(of.id, destination, ['Type', 'Destination'], `${where}.${on}.`)
    const type = text(destination, 'Type')
    if (type === undefined || !invokeTypes.includes(type)) {
      const types = invokeTypes.map((each) => `'${each}'`).join(', ')
      throw samError(of.id, `'Type: ${type ?? 'None'}' must be one of [${types}]`)
    }
    const id = `${of.id}EventInvokeConfig${on}`
    const arn = own(destination, 'Destination') ?? destinationMade(of, id, type, out)
    if (JSON.stringify(arn).includes('AWS::NoValue')) {
      throw samError(of.id, `An ${where}.${on}.Destination that may be AWS::NoValue is not supported by Landfall yet.`)
    }
    return { on, arn, policy: policy(type === 'S3Bucket' ? 'S3' : type, arn, id) }
  })
  return {
    config: Object.fromEntries(all.map(({ on, arn }) => [on, { Destination: arn }])),
    policies: all.map((each) => each.policy),
  }
}

function destinationMade(of: Declared, id: string, type: string, out: Output): Value {
  if (!made.includes(type)) throw samError(of.id, "Destination is required if Type is not ['SQS', 'SNS']")
  const kind = type === 'SQS' ? 'Queue' : 'Topic'
  const resource = `${id}${kind}`
  add(out, resource, `AWS::${type}::${kind}`, {}, passed(of.rest))
  out.renamed.set(`${of.id}.Destination${kind}`, resource)
  return type === 'SQS' ? { 'Fn::GetAtt': [resource, 'Arn'] } : { Ref: resource }
}
