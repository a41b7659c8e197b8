import { rootPrincipal } from '../../../authn/find-key.ts'
import { isAccessDenied } from '../../../authz/denied.ts'
import { parseArn } from '../../../kernel/arn.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError, isAwsError } from '../../../kernel/errors.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { Scope } from '../../../kernel/records.ts'
import type { DeliveryDestination } from '../../../telemetry/vended/state.ts'
import { deliverer, deliveryContext, objectContext } from './deliverer.ts'
import { groupOfArn, putLines } from './log-group.ts'
import { placeOf, rootOf } from './object-key.ts'
import type { LogTemplate } from './templates.ts'

/** Of the policy, and the statement, that AWS makes where there is none. */
const policyName = 'AWSLogDeliveryWrite20150319'

interface Wanted {
  readonly destination: Pick<DeliveryDestination, 'type' | 'resourceArn'>
  readonly log: Pick<LogTemplate, 'folder'>
  readonly sourceArn: string
  readonly hive: boolean
  /** Whose destination it is. */
  readonly owner: string
}

/**
 * Sees to it that the destination of a new delivery lets it in, as the real service does: where its policy does not, a
 * statement is added to it as the caller. Throws AccessDeniedException when the caller may not do that.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-vended-logs-permissions-V2.html
 */
export async function permit(wanted: Wanted, ctx: Ctx): Promise<void> {
  try {
    if (wanted.destination.type === 'CWL') await permitGroup(wanted, ctx)
    else if (wanted.destination.type === 'S3') await permitBucket(wanted, ctx)
    else await permitFirehose(wanted, ctx)
  } catch (error) {
    if (isAccessDenied(error))
      throw awsError(
        'AccessDeniedException',
        `${wanted.destination.resourceArn} does not let ${deliverer.arn} in, and you may not change that: ${error.message}`,
        { cause: error },
      )
    if (!isAwsError(error)) throw error
    if (/NotFound|NoSuchBucket/.test(error.code))
      throw awsError('ResourceNotFoundException', `${wanted.destination.resourceArn} does not exist.`, { cause: error })
    throw awsError('ValidationException', error.message, { cause: error })
  }
}

/** A line of the service's own shows that a log group lets it in. */
async function permitGroup({ destination: { resourceArn }, sourceArn }: Wanted, ctx: Ctx) {
  const { host, nowMs: timestamp } = ctx
  const { scope, group } = groupOfArn(resourceArn)
  const message =
    'Permissions are set correctly to allow AWS CloudWatch Logs to write into your logs while creating a subscription.'
  const tried = () =>
    putLines(
      { resourceArn, stream: 'log_stream_created_by_aws_to_validate_log_delivery_subscriptions', sourceArn, host },
      [{ timestamp, message }],
    )
  try {
    await tried()
  } catch (error) {
    if (!isAccessDenied(error)) throw error
    const options = { as: ctx.principal, scope, signal: ctx.signal }
    const { resourcePolicies } = await host.invoke<{
      resourcePolicies: readonly { policyName: string; policyDocument: string }[]
    }>('logs:DescribeResourcePolicies', {}, options)
    const before = resourcePolicies.find((one) => one.policyName === policyName)?.policyDocument
    const Resource = `arn:aws:logs:${scope.region}:${scope.account}:log-group:${group}:log-stream:*`
    const statement = allowing(['logs:CreateLogStream', 'logs:PutLogEvents'], Resource, ctx.scope)
    const policyDocument = withStatement(before, { Sid: `AWSLogDeliveryWrite${count(before) + 1}`, ...statement })
    await host.invoke('logs:PutResourcePolicy', { policyName, policyDocument }, options)
    await tried()
  }
}

async function permitBucket({ destination, log, sourceArn, hive, owner }: Wanted, ctx: Ctx) {
  const { host, scope } = ctx
  const place = placeOf(destination.resourceArn)
  const resource = `arn:aws:s3:::${place.bucket}/${rootOf(place, log, hive, scope.account)}*`
  const options = { as: ctx.principal, scope, signal: ctx.signal }
  const policyOf = (as: Principal) =>
    host
      .invoke<{ Policy?: string }>('s3:GetBucketPolicy', { Bucket: place.bucket }, { ...options, as })
      .catch((error: unknown) => {
        if (!isAwsError(error, 'NoSuchBucketPolicy')) throw error
        return { Policy: undefined }
      })
  // The node itself looks first: the caller need be allowed nothing where the bucket is open already.
  const { Policy: resourcePolicy = null } = await policyOf(rootPrincipal(owner))
  const request = { action: 's3:PutObject', resource, resourcePolicy, resourceAccount: owner }
  if (await ctx.read((tx) => host.isAllowed(deliverer, request, objectContext(sourceArn), tx))) return
  const before = await policyOf(ctx.principal)
  const { Condition, ...statement } = allowing('s3:PutObject', resource, scope)
  const StringEquals = { ...Condition.StringEquals, 's3:x-amz-acl': 'bucket-owner-full-control' }
  const Sid = `AWSLogDeliveryWrite${count(before.Policy) + 1}`
  const Policy = withStatement(before.Policy, { ...statement, Sid, Condition: { ...Condition, StringEquals } })
  await host.invoke('s3:PutBucketPolicy', { Bucket: place.bucket, Policy }, options)
}

/** A stream with this tag lets the deliverer in, as the service-linked role for it does in AWS. */
async function permitFirehose({ destination: { resourceArn }, sourceArn }: Wanted, ctx: Ctx) {
  const { host } = ctx
  const request = { action: 'firehose:PutRecord', resource: resourceArn }
  if (await ctx.read((tx) => host.isAllowed(deliverer, request, deliveryContext(sourceArn), tx))) return
  const { account = '', region = '', resource = '' } = parseArn(resourceArn) ?? {}
  const DeliveryStreamName = resource.slice(resource.indexOf('/') + 1)
  const Tags = [{ Key: 'LogDeliveryEnabled', Value: 'true' }]
  const options = { as: ctx.principal, scope: { account, region }, signal: ctx.signal }
  await host.invoke('firehose:TagDeliveryStream', { DeliveryStreamName, Tags }, options)
}

function allowing(Action: string | string[], Resource: string, { account, region }: Scope) {
  return {
    ...{ Effect: 'Allow', Principal: { Service: deliverer.arn }, Action, Resource },
    Condition: {
      StringEquals: { 'aws:SourceAccount': account },
      ArnLike: { 'aws:SourceArn': `arn:aws:logs:${region}:${account}:*` },
    },
  }
}

function statementsOf(policy: string | undefined): readonly unknown[] {
  if (policy === undefined) return []
  const { Statement } = JSON.parse(policy) as { Statement: unknown }
  return Array.isArray(Statement) ? Statement : [Statement]
}

const count = (policy: string | undefined) => statementsOf(policy).length

function withStatement(policy: string | undefined, statement: object): string {
  const before = policy === undefined ? { Version: '2012-10-17', Id: policyName } : (JSON.parse(policy) as object)
  return JSON.stringify({ ...before, Statement: [...statementsOf(policy), statement] })
}
