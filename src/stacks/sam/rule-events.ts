import { isMap, own, type ValueMap } from '../value.ts'
import { deadLetterQueue } from './dead-letters.ts'
import { type Event, invalid, permission } from './event.ts'
import { add, passed, pick, refuseOthers } from './output.ts'

const both = ['Input', 'State', 'Enabled', 'DeadLetterConfig', 'RetryPolicy']
/** What a target has as the event says it. */
const targeted = ['Input', 'InputPath', 'InputTransformer', 'RetryPolicy']
const longestTargetId = 64

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedule.html */
export function scheduledRule(event: Event): undefined {
  const { properties } = event
  if (own(properties, 'Schedule') === undefined) throw invalid(event, "Missing required property 'Schedule'.")
  addRule(event, ['Schedule', 'Name', 'Description', ...both], {
    ...pick(properties, ['Name', 'Description']),
    ScheduleExpression: own(properties, 'Schedule') ?? '',
  })
}

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventbridgerule.html */
export function patternRule(event: Event): undefined {
  const { properties } = event
  const name = own(properties, 'RuleName')
  const known = ['Pattern', 'EventBusName', 'RuleName', 'InputPath', 'InputTransformer', 'Target', ...both]
  addRule(event, known, {
    ...pick(properties, ['EventBusName']),
    ...(name === undefined ? {} : { Name: name }),
    EventPattern: own(properties, 'Pattern') ?? {},
  })
}

function addRule(event: Event, known: readonly string[], settings: ValueMap): void {
  const { of, name, properties, called, out } = event
  refuseOthers(of.id, properties, known, `Events.${name}.`)
  const id = of.id + name
  const arn = { 'Fn::GetAtt': [id, 'Arn'] }
  const deadLetters = deadLetterQueue(event, id, arn)
  const target = {
    Arn: called.arn,
    Id: targetId(event, id),
    ...pick(properties, targeted),
    ...(deadLetters === undefined ? {} : { DeadLetterConfig: { Arn: deadLetters } }),
  }
  add(out, id, 'AWS::Events::Rule', { ...settings, ...stateOf(event), Targets: [target] }, passed(of.rest))
  permission(event, 'events.amazonaws.com', { SourceArn: arn })
}

function targetId(event: Event, id: string) {
  const target = own(event.properties, 'Target')
  if (target !== undefined && !isMap(target)) throw invalid(event, 'Target must be an object.')
  if (target) refuseOthers(event.of.id, target, ['Id'], `Events.${event.name}.Target.`)
  const suffix = 'LambdaTarget'
  return (target && own(target, 'Id')) ?? id.slice(0, longestTargetId - suffix.length) + suffix
}

function stateOf(event: Event): ValueMap {
  const enabled = own(event.properties, 'Enabled')
  const state = pick(event.properties, ['State'])
  if (enabled === undefined) return state
  if (state.State !== undefined) throw invalid(event, 'State and Enabled Properties cannot both be specified.')
  return { State: enabled === true || enabled === 'true' ? 'ENABLED' : 'DISABLED' }
}
