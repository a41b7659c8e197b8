import { isList, isMap, own, sameValue, type Value, type ValueMap } from '../value.ts'
import type { End } from './connector-profiles.ts'
import { pick, refOf, samError, text } from './output.ts'

const cloudFormationTypes: Readonly<Record<string, string>> = {
  'AWS::Serverless::Function': 'AWS::Lambda::Function',
  'AWS::Serverless::Api': 'AWS::ApiGateway::RestApi',
  'AWS::Serverless::HttpApi': 'AWS::ApiGatewayV2::Api',
  'AWS::Serverless::SimpleTable': 'AWS::DynamoDB::Table',
}

/** An end of a connector: a resource of the template, or one that is described. `other` is the other end, as given. */
export function readEnd(
  connector: string,
  given: ValueMap,
  other: ValueMap,
  resources: ReadonlyMap<string, ValueMap>,
): End {
  const { Id: id, Qualifier, ...described } = given
  if ((id !== undefined) === Object.keys(described).length > 0) {
    const what = "Must provide 'Id' (with optional 'Qualifier') or a supported combination of other properties."
    throw samError(connector, what)
  }
  if (id === undefined) {
    const type = typed(connector, text(given, 'Type'))
    return {
      type: cloudFormationTypes[type] ?? type,
      arn: own(given, 'Arn'),
      roleName: own(given, 'RoleName'),
      queueUrl: own(given, 'QueueUrl'),
      resourceId: own(given, 'ResourceId'),
      qualifier: Qualifier,
    }
  }
  if (typeof id !== 'string' || id === '') throw samError(connector, "'Id' is missing or not a string.")
  const resource = resources.get(id)
  if (!resource) throw samError(connector, `Unable to find resource with logical ID '${id}'.`)
  const type = typed(connector, text(resource, 'Type'))
  const properties = own(resource, 'Properties')
  return {
    type,
    id,
    arn: type === 'AWS::SNS::Topic' ? { Ref: id } : { 'Fn::GetAtt': [id, 'Arn'] },
    roleName: roleOf(type, isMap(properties) ? properties : {}, other),
    queueUrl: type === 'AWS::SQS::Queue' ? { Ref: id } : undefined,
    resourceId: { Ref: id },
    qualifier: Qualifier ?? '*',
  }
}

function typed(connector: string, type: string | undefined): string {
  if (type) return type
  throw samError(connector, "'Type' is missing or not a string.")
}

/** The name of a function's role, or of the one that a rule uses the other end by, when that is in the template. */
function roleOf(type: string, properties: ValueMap, other: ValueMap): Value | undefined {
  const role = type === 'AWS::Events::Rule' ? targetRole(properties, other) : own(properties, 'Role')
  const id = logicalIdOf(role)
  return id === undefined ? undefined : { Ref: id }
}

function targetRole(properties: ValueMap, { Id, Arn }: ValueMap): Value | undefined {
  const targets = own(properties, 'Targets')
  const found = (isList(targets) ? targets : []).find((target) => {
    const arn = isMap(target) ? own(target, 'Arn') : undefined
    const id = logicalIdOf(arn)
    return (id !== undefined && id === Id) || (Arn !== undefined && sameValue(arn, Arn))
  })
  return isMap(found) ? own(found, 'RoleArn') : undefined
}

/** The logical id that a Ref or GetAtt names. */
export function logicalIdOf(value: Value | undefined): string | undefined {
  const path = isMap(value) ? own(value, 'Fn::GetAtt') : undefined
  if (isList(path)) return typeof path[0] === 'string' ? path[0] : undefined
  return refOf(value)
}

/** What a connector says of itself that goes with what is made for it. */
export function attributesOf(rest: ValueMap): ValueMap {
  return pick(rest, ['DependsOn', 'Condition', 'DeletionPolicy', 'UpdateReplacePolicy', 'Metadata'])
}
