import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { MessageTarget } from '../../kernel/events.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { openBucket } from './access.ts'
import type { Api } from './api.ts'
import { malformed, on } from './bucket-settings.ts'
import { isEventName, isNeverTold, type Notification, overlap } from './notification-config.ts'
import { notificationSubject, s3Principal } from './notify.ts'
import { invalidArgument, notImplemented } from './refuse.ts'
import { type Bucket, bucket } from './state.ts'
import { verifyWholeBody } from './whole-body.ts'

const maxConfigurations = 100
const maxValueBytes = 1024

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html */
export const notifications = operations<Api>()({
  PutBucketNotificationConfiguration: {
    authorize: on('s3:PutBucketNotification'),
    async call(input, ctx) {
      const given = input.NotificationConfiguration
      await verifyWholeBody(ctx)
      const wanted = [
        ...(given.LambdaFunctionConfigurations ?? []).map((one) => parse(ctx, 'lambda', one.LambdaFunctionArn, one)),
        ...(given.QueueConfigurations ?? []).map((one) => parse(ctx, 'queue', one.QueueArn, one)),
        ...(given.TopicConfigurations ?? []).map((one) => parse(ctx, 'topic', one.TopicArn, one)),
      ]
      checkTogether(wanted)
      const found = await ctx.read((tx) => openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner }))
      const before = new Set((found.notifications ?? []).map(({ arn }) => arn))
      const fresh = wanted.filter(({ arn }) => !before.has(arn))
      const targets = input.SkipDestinationValidation ? [] : await destinations(ctx, found, fresh)
      await ctx.write(async (tx) => {
        const now = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
        for (const { notification, target } of targets) {
          await validating(notification, async () => {
            if (target) await sendTest(tx, target, now, ctx)
            else await checkFunction(tx, ctx, now, notification)
          })
        }
        const { notifications: _before, eventBridge: _told, ...rest } = now
        tx.in(now).set(bucket(now.name), {
          ...rest,
          ...(wanted.length > 0 && { notifications: wanted }),
          ...(given.EventBridgeConfiguration !== undefined && { eventBridge: true }),
        })
      })
      return {}
    },
  },
  GetBucketNotificationConfiguration: {
    authorize: on('s3:GetBucketNotification'),
    async read(tx, input, ctx) {
      const found = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      const of = (kind: Notification['kind']) => (found.notifications ?? []).filter((one) => one.kind === kind)
      const [functions, queues, topics] = [of('lambda'), of('queue'), of('topic')]
      return {
        ...(functions.length > 0 && {
          LambdaFunctionConfigurations: functions.map((one) => ({ ...members(one), LambdaFunctionArn: one.arn })),
        }),
        ...(queues.length > 0 && {
          QueueConfigurations: queues.map((one) => ({ ...members(one), QueueArn: one.arn })),
        }),
        ...(topics.length > 0 && {
          TopicConfigurations: topics.map((one) => ({ ...members(one), TopicArn: one.arn })),
        }),
        ...(found.eventBridge && { EventBridgeConfiguration: {} }),
      }
    },
  },
})

interface GivenConfiguration {
  Id?: string
  Events: readonly string[]
  Filter?: { Key?: { FilterRules?: { Name?: string; Value?: string }[] } }
}

function parse(ctx: Ctx, kind: Notification['kind'], arn: string, given: GivenConfiguration): Notification {
  const expected = { lambda: 'lambda', queue: 'sqs', topic: 'sns' }[kind]
  const parsed = parseArn(arn)
  if (parsed?.service !== expected) throw invalidArgument('arn', arn, 'The ARN could not be parsed')
  if (kind === 'queue' && parsed.resource.endsWith('.fifo'))
    throw invalidArgument('QueueArn', arn, 'FIFO SQS queues are not supported as notification destinations.')
  if (given.Events.length === 0) throw malformed('A notification needs at least one Event.')
  for (const event of given.Events) {
    if (isNeverTold(event)) throw notImplemented(event, 'It would never be told.')
    if (!isEventName(event)) throw invalidArgument('event', event, 'The event is not supported for notifications')
  }
  const values: { prefix?: string; suffix?: string } = {}
  for (const { Name = '', Value = '' } of given.Filter?.Key?.FilterRules ?? []) {
    const name = Name.toLowerCase()
    if (name !== 'prefix' && name !== 'suffix')
      throw invalidArgument('FilterRule.Name', Name, 'filter rule name must be either prefix or suffix')
    if (values[name] !== undefined)
      throw invalidArgument('FilterRule.Name', Name, `Cannot specify more than one ${name} rule in a filter.`)
    if (Buffer.byteLength(Value) > maxValueBytes)
      throw invalidArgument(
        'FilterRule.Value',
        Value.slice(0, 200),
        `A filter value has at most ${maxValueBytes} bytes.`,
      )
    values[name] = Value
  }
  return { id: given.Id ?? ctx.newId(), kind, arn, events: [...new Set(given.Events)], ...values }
}

function members({ id, events, prefix, suffix }: Notification) {
  const rules = [
    ...(prefix === undefined ? [] : [{ Name: 'prefix' as const, Value: prefix }]),
    ...(suffix === undefined ? [] : [{ Name: 'suffix' as const, Value: suffix }]),
  ]
  return {
    Id: id,
    Events: [...events] as 's3:ObjectCreated:*'[],
    ...(rules.length > 0 && { Filter: { Key: { FilterRules: rules } } }),
  }
}

function checkTogether(wanted: readonly Notification[]): void {
  if (wanted.length > maxConfigurations) throw malformed(`A bucket has at most ${maxConfigurations} notifications.`)
  if (new Set(wanted.map(({ id }) => id)).size < wanted.length)
    throw awsError('InvalidArgument', 'Same ID used for multiple configurations.', { status: 400 })
  for (const [index, one] of wanted.entries()) {
    if (wanted.slice(index + 1).some((other) => overlap(one, other))) {
      throw awsError(
        'InvalidArgument',
        'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
        { status: 400 },
      )
    }
  }
}

interface Destination {
  readonly notification: Notification
  /** Absent for functions: they are asked for permission without being called. */
  readonly target?: MessageTarget
}

function destinations(ctx: Ctx, { region }: Bucket, wanted: readonly Notification[]): Promise<Destination[]> {
  return Promise.all(
    wanted.map(async (notification) => {
      const { kind, arn } = notification
      if (parseArn(arn)?.region !== region) {
        throw invalidArgument(
          'arn',
          arn,
          'The notification destination service region is not valid for the bucket location constraint',
        )
      }
      return validating(notification, async () => {
        if (kind !== 'lambda') return { notification, target: await ctx.host.messageTarget(arn) }
        await ctx.host.functionTarget(arn)
        return { notification }
      })
    }),
  )
}

async function checkFunction(tx: Tx, ctx: Ctx, { name, account }: Bucket, { arn }: Notification): Promise<void> {
  const context = { 'aws:SourceArn': `arn:aws:s3:::${name}`, 'aws:SourceAccount': account }
  const request = { action: 'lambda:InvokeFunction', resource: arn }
  await ctx.host.authorize(s3Principal, [request], context, tx.snapshot)
}

/** Queues are told once that they will be told; that shows that they may be. */
async function sendTest(tx: Tx, target: MessageTarget, { name, account }: Bucket, ctx: Ctx): Promise<void> {
  const body = JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(ctx.nowMs).toISOString(),
    Bucket: name,
    RequestId: ctx.requestId,
    HostId: ctx.requestId,
  })
  const message = { subject: notificationSubject, body, sourceArn: `arn:aws:s3:::${name}`, sourceAccount: account }
  await target.send(tx, message, s3Principal)
}

async function validating<T>({ arn }: Notification, check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw awsError('InvalidArgument', 'Unable to validate the following destination configurations', {
      status: 400,
      members: { ArgumentName1: arn, ArgumentValue1: error.message },
      cause: error,
    })
  }
}
