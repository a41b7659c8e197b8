import { isList, isMap, own, type Value, type ValueMap } from '../value.ts'
import { type Declared, samError, tagList } from './output.ts'
import { missingParameters, policyTemplate } from './policy-templates.ts'

const managed = 'arn:aws:iam::aws:policy/'

/** A managed policy that functions get for what they use. */
export function servicePolicy(name: string): string {
  return `${managed}service-role/${name}`
}

/** What a function's role gets for its events and destinations. */
export interface Needed {
  /** Names of managed policies. */
  readonly managed: readonly string[]
  readonly inline: readonly ValueMap[]
}

/** The execution role that a function gets when it names none. */
export function roleFor({ id, properties }: Declared, needed: Needed): ValueMap {
  const isDurable = own(properties, 'DurableConfig') !== undefined
  const arns: Value[] = [
    servicePolicy(isDurable ? 'AWSLambdaBasicDurableExecutionRolePolicy' : 'AWSLambdaBasicExecutionRole'),
  ]
  if (own(properties, 'VpcConfig') !== undefined) arns.push(servicePolicy('AWSLambdaVPCAccessExecutionRole'))
  if (own(properties, 'Tracing') === 'Active') arns.push(`${managed}AWSXrayWriteOnlyAccess`)
  for (const name of needed.managed) if (!arns.includes(name)) arns.push(name)
  const inline: ValueMap[] = []
  const given = own(properties, 'Policies')
  for (const [index, policy] of (given === undefined ? [] : isList(given) ? given : [given]).entries()) {
    const document = documentOf(id, policy)
    if (document) inline.push({ PolicyDocument: document, PolicyName: `${id}RolePolicy${index}` })
    else if (!arns.includes(managedPolicy(policy))) arns.push(managedPolicy(policy))
  }
  const queue = own(properties, 'DeadLetterQueue')
  if (isMap(queue)) {
    const action = own(queue, 'Type') === 'SNS' ? 'sns:Publish' : 'sqs:SendMessage'
    const statement = { Action: action, Effect: 'Allow', Resource: own(queue, 'TargetArn') ?? '*' }
    const document = { Version: '2012-10-17', Statement: [statement] }
    inline.push({ PolicyDocument: document, PolicyName: 'DeadLetterQueuePolicy' })
  }
  const documents = new Set(inline.map((policy) => JSON.stringify(policy.PolicyDocument)))
  for (const policy of needed.inline) {
    const document = JSON.stringify(policy.PolicyDocument)
    if (!documents.has(document)) inline.push(policy)
    documents.add(document)
  }
  const boundary = own(properties, 'PermissionsBoundary')
  const path = own(properties, 'RolePath')
  return {
    AssumeRolePolicyDocument: own(properties, 'AssumeRolePolicyDocument') ?? {
      Version: '2012-10-17',
      Statement: [{ Action: ['sts:AssumeRole'], Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] } }],
    },
    ManagedPolicyArns: arns,
    ...(inline.length === 0 ? {} : { Policies: inline }),
    ...(boundary === undefined ? {} : { PermissionsBoundary: boundary }),
    ...(path === undefined ? {} : { Path: path }),
    Tags: tagList(own(properties, 'Tags')),
  }
}

/** A policy written out, or the template that it names; undefined for a managed policy. */
function documentOf(id: string, policy: Value): ValueMap | undefined {
  if (!isMap(policy)) return undefined
  if (Object.hasOwn(policy, 'Statement')) return policy
  const [name = '', parameters] = Object.entries(policy)[0] ?? []
  if (
    name === 'Fn::If' &&
    isList(parameters) &&
    parameters.some((branch) => isMap(branch) && !/^(Ref$|Fn::)/.test(Object.keys(branch)[0] ?? ''))
  ) {
    throw samError(id, 'Policies in Fn::If are not supported by Landfall yet, except for managed ones.')
  }
  if (name === 'Ref' || name.startsWith('Fn::')) return undefined
  const given = isMap(parameters) ? parameters : {}
  const statements = policyTemplate(name, given)
  if (!statements)
    throw samError(id, `The policy template '${name}' is not supported by Landfall yet. Write out its statements.`)
  const missing = missingParameters(name, given)
  if (missing.length > 0)
    throw samError(id, `Must specify valid parameter values for policy template '${name}': [${missing.join(', ')}]`)
  return { Statement: statements }
}

function managedPolicy(policy: Value): Value {
  if (typeof policy !== 'string' || policy.startsWith('arn:')) return policy
  return /^AWSLambda.*(Role|ENIManagementAccess)$/.test(policy) ? servicePolicy(policy) : `${managed}${policy}`
}
