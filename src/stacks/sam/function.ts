import { isMap, own, type Value, type ValueMap } from '../value.ts'
import { invokeDestinations } from './destinations.ts'
import { connectEvents } from './events.ts'
import {
  add,
  type Declared,
  hashOf,
  type Output,
  passed,
  pick,
  refuseOthers,
  samError,
  tagList,
  text,
} from './output.ts'
import { propagateTags } from './propagated-tags.ts'
import { roleFor } from './role.ts'

const same = [
  ...[
    'FunctionName',
    'Handler',
    'Runtime',
    'Description',
    'MemorySize',
    'Timeout',
    'VpcConfig',
    'Environment',
    'Layers',
  ],
  ...['KmsKeyArn', 'ReservedConcurrentExecutions', 'EphemeralStorage', 'Architectures', 'FileSystemConfigs'],
  ...['LoggingConfig', 'SnapStart', 'RuntimeManagementConfig', 'ImageConfig', 'PackageType', 'CodeSigningConfigArn'],
  ...['RecursiveLoop', 'DurableConfig'],
]
const own_ = [
  ...['CodeUri', 'InlineCode', 'ImageUri', 'Role', 'RolePath', 'Policies', 'PermissionsBoundary', 'Tags', 'Tracing'],
  ...['AssumeRolePolicyDocument', 'DeadLetterQueue', 'Events', 'AutoPublishAlias', 'AutoPublishCodeSha256'],
  ...['VersionDescription', 'FunctionUrlConfig', 'ProvisionedConcurrencyConfig', 'EventInvokeConfig', 'PropagateTags'],
]

/**
 * `AWS::Serverless::Function`: the function, its role, its version and alias, its URL, and what its events need.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
 */
export function transformFunction(declared: Declared, template: ReadonlyMap<string, Declared>, out: Output): void {
  const { id, properties, rest } = declared
  refuseOthers(id, properties, [...same, ...own_])
  const before = new Map(out.resources)
  const role = own(properties, 'Role')
  if (JSON.stringify(role ?? '').includes('AWS::NoValue')) {
    throw samError(id, 'A Role that may be AWS::NoValue is not supported by Landfall yet.')
  }
  const code = codeOf(declared)
  const tracing = own(properties, 'Tracing')
  add(
    out,
    id,
    'AWS::Lambda::Function',
    {
      Code: code,
      ...pick(properties, same),
      Role: role ?? { 'Fn::GetAtt': [`${id}Role`, 'Arn'] },
      ...(tracing === undefined ? {} : { TracingConfig: { Mode: tracing } }),
      ...deadLetters(declared),
      Tags: tagList(own(properties, 'Tags')),
    },
    rest,
  )
  const alias = published(declared, code, out)
  const target =
    alias === undefined
      ? { id, ref: { Ref: id }, arn: { 'Fn::GetAtt': [id, 'Arn'] } }
      : { id, ref: { Ref: alias }, arn: { Ref: alias } }
  const needed = connectEvents(declared, target, template, out)
  const inline = [...needed.inline, ...invokeSettings(declared, alias, out)]
  functionUrl(declared, alias, out)
  if (role === undefined)
    add(out, `${id}Role`, 'AWS::IAM::Role', roleFor(declared, { ...needed, inline }), passed(rest))
  propagateTags(declared, before, out)
}

function codeOf({ id, properties }: Declared): ValueMap {
  const inline = own(properties, 'InlineCode')
  if (inline !== undefined) return { ZipFile: inline }
  const image = own(properties, 'ImageUri')
  if (image !== undefined) return { ImageUri: image }
  return s3Location(id, 'CodeUri', own(properties, 'CodeUri'))
}

/** A package in a bucket, given as a URI or in parts. */
export function s3Location(id: string, name: string, value: Value | undefined): ValueMap {
  const match = typeof value === 'string' ? /^s3:\/\/([^/]+)\/([^?]+)(?:\?versionId=(.+))?$/.exec(value) : null
  const parts = match
    ? { Bucket: match[1] ?? '', Key: match[2] ?? '', ...(match[3] === undefined ? {} : { Version: match[3] }) }
    : value
  const [bucket, key] = isMap(parts) ? [own(parts, 'Bucket'), own(parts, 'Key')] : []
  if (!isMap(parts) || bucket === undefined || key === undefined) {
    throw samError(
      id,
      `'${name}' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.`,
    )
  }
  const version = own(parts, 'Version')
  return { S3Bucket: bucket, S3Key: key, ...(version === undefined ? {} : { S3ObjectVersion: version }) }
}

function deadLetters({ id, properties }: Declared): ValueMap {
  const queue = own(properties, 'DeadLetterQueue')
  if (queue === undefined) return {}
  const arn = isMap(queue) ? own(queue, 'TargetArn') : undefined
  if (arn === undefined) throw samError(id, "'DeadLetterQueue' requires Type and TargetArn properties to be specified.")
  return { DeadLetterConfig: { TargetArn: arn } }
}

/** With AutoPublishAlias: a version for each new code, kept when there is another, and the alias that names it. */
function published({ id, properties, rest }: Declared, code: ValueMap, out: Output): string | undefined {
  const name = text(properties, 'AutoPublishAlias')
  if (name === undefined) {
    if (own(properties, 'AutoPublishAlias') !== undefined) throw samError(id, "'AutoPublishAlias' must be a string.")
    return undefined
  }
  const sha = own(properties, 'AutoPublishCodeSha256')
  const versionId = `${id}Version${hashOf(sha ?? code)}`
  const aliasId = `${id}Alias${name.replaceAll('-', 'D').replaceAll('_', 'U')}`
  const description = own(properties, 'VersionDescription')
  add(
    out,
    versionId,
    'AWS::Lambda::Version',
    { FunctionName: { Ref: id }, ...(description === undefined ? {} : { Description: description }) },
    { DeletionPolicy: 'Retain', ...pick(rest, ['Condition']) },
  )
  const provisioned = own(properties, 'ProvisionedConcurrencyConfig')
  add(
    out,
    aliasId,
    'AWS::Lambda::Alias',
    {
      Name: name,
      FunctionName: { Ref: id },
      FunctionVersion: { 'Fn::GetAtt': [versionId, 'Version'] },
      ...(provisioned === undefined ? {} : { ProvisionedConcurrencyConfig: provisioned }),
    },
    passed(rest),
  )
  out.renamed.set(`${id}.Version`, versionId)
  out.renamed.set(`${id}.Alias`, aliasId)
  return aliasId
}

/** Answers the policies that the function's role needs for its destinations. */
function invokeSettings(declared: Declared, alias: string | undefined, out: Output): readonly ValueMap[] {
  const { id, properties, rest } = declared
  const config = own(properties, 'EventInvokeConfig')
  if (!isMap(config)) return []
  const known = ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts', 'DestinationConfig']
  refuseOthers(id, config, known, 'EventInvokeConfig.')
  const destination = own(config, 'DestinationConfig')
  const destined = destination === undefined ? undefined : invokeDestinations(declared, destination, out)
  const qualifier = alias === undefined ? '$LATEST' : own(properties, 'AutoPublishAlias')
  add(
    out,
    `${id}EventInvokeConfig`,
    'AWS::Lambda::EventInvokeConfig',
    {
      ...config,
      ...(destined && { DestinationConfig: destined.config }),
      FunctionName: { Ref: id },
      Qualifier: qualifier ?? '$LATEST',
    },
    // The name of an alias is no reference to it.
    { ...passed(rest), ...(alias === undefined ? {} : { DependsOn: alias }) },
  )
  return destined?.policies ?? []
}

function functionUrl({ id, properties, rest }: Declared, alias: string | undefined, out: Output): void {
  const config = own(properties, 'FunctionUrlConfig')
  if (!isMap(config)) return
  refuseOthers(id, config, ['AuthType', 'Cors', 'InvokeMode'], 'FunctionUrlConfig.')
  const target = { Ref: alias ?? id }
  add(out, `${id}Url`, 'AWS::Lambda::Url', { ...config, TargetFunctionArn: target }, passed(rest))
  if (own(config, 'AuthType') !== 'NONE') return
  const shared = { FunctionName: target, Principal: '*' }
  add(
    out,
    `${id}UrlPublicPermissions`,
    'AWS::Lambda::Permission',
    { ...shared, Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' },
    passed(rest),
  )
  add(
    out,
    `${id}URLInvokeAllowPublicAccess`,
    'AWS::Lambda::Permission',
    { ...shared, Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true },
    passed(rest),
  )
}
