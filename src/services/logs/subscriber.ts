import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { parseArn } from '../../kernel/arn.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { CallOptions, FunctionTarget } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import { servicePrincipal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'
import type { SubscriptionFilter } from '../../telemetry/log-state.ts'
import { destinationOf } from './destination-state.ts'

const compress = promisify(gzip)

export interface Subscribed {
  readonly host: Host
  readonly scope: Scope
  /** On whose behalf the destination's role is assumed or its function called. */
  readonly sourceArn: string
  readonly filter: Pick<SubscriptionFilter, 'destinationArn' | 'roleArn' | 'distribution'>
}

/** Gives a subscriber compressed parts of a log stream. */
export type Subscriber = (parts: readonly Buffer[], logStream: string) => Promise<void>

/** Who is to get a group's events. Throws InvalidParameterException when it is not there, or the group may not. */
export async function subscriberFor(to: Subscribed): Promise<Subscriber> {
  const { service } = parseArn(to.filter.destinationArn) ?? {}
  if (service === 'logs') return behind(to)
  if (service !== 'lambda') return (parts, stream) => putParts(to, parts, stream)
  const { target, options } = await functionFor(to)
  // All parts in one transaction: a retry repeats all of them or none.
  return (parts) =>
    to.host.records.write(to.scope, async (tx) => {
      for (const part of parts) {
        const event = { awslogs: { data: part.toString('base64') } }
        await target.accept(tx, Buffer.from(JSON.stringify(event)), options)
      }
    })
}

/**
 * Shows that a subscriber is there and may be given events, before a filter names it: streams get a message to that end.
 * Throws InvalidParameterException.
 */
export async function tryOut(to: Subscribed): Promise<void> {
  const give = await subscriberFor(to)
  const { service } = parseArn(to.filter.destinationArn) ?? {}
  // A destination's own target was tried when it was made.
  if (service === 'lambda' || service === 'logs') return
  const vendor = service === 'kinesis' ? 'Kinesis' : 'Firehose'
  const message = `CWL CONTROL MESSAGE: Checking health of destination ${vendor} stream.`
  const logEvents = [{ id: '', timestamp: to.host.clock.nowMs(), message }]
  const empty = { owner: 'CloudwatchLogs', logGroup: '', logStream: '', subscriptionFilters: [] }
  try {
    await give([await compress(JSON.stringify({ messageType: 'CONTROL_MESSAGE', ...empty, logEvents }))], '')
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw awsError(
      'InvalidParameterException',
      `Could not deliver test message to specified ${vendor} stream. Check if the given ${vendor} stream is in ACTIVE state.`,
      { cause: error },
    )
  }
}

/** What is behind a destination, given to as its role. Throws InvalidParameterException when there is none. */
async function behind(to: Subscribed): Promise<Subscriber> {
  const { destinationArn, distribution } = to.filter
  const found = await to.host.records.read(to.scope, (tx) => destinationOf(tx, destinationArn))
  if (!found) throw awsError('InvalidParameterException', `The destination ${destinationArn} does not exist.`)
  const filter = { destinationArn: found.targetArn, roleArn: found.roleArn, distribution }
  return (parts, stream) => putParts({ ...to, filter }, parts, stream)
}

/** Puts parts to a Kinesis stream or a Firehose, as the filter's role, those of a log stream with the same key. */
async function putParts({ host, sourceArn, filter }: Subscribed, parts: readonly Buffer[], logStream: string) {
  const { service, region = '', account = '', resource = '' } = parseArn(filter.destinationArn) ?? {}
  const options = { service: 'logs.amazonaws.com', sessionName: 'logs', durationSec: 900, sourceArn }
  const as = (await host.assumeRole(filter.roleArn ?? '', options)).principal
  const name = resource.slice(resource.indexOf('/') + 1)
  for (const Data of parts) {
    const PartitionKey = filter.distribution === 'Random' ? host.ids.uuid() : hash('md5', logStream)
    if (service === 'kinesis') {
      await host.invoke(
        'kinesis:PutRecord',
        { StreamName: name, Data, PartitionKey },
        { as, scope: { account, region } },
      )
    } else {
      const input = { DeliveryStreamName: name, Record: { Data } }
      await host.invoke('firehose:PutRecord', input, { as, scope: { account, region } })
    }
  }
}

/**
 * A function that is to get a group's events, and as whom it is called. Its policy may name the service or the service
 * of this region, with the group's ARN as the source. Throws InvalidParameterException when neither is allowed.
 */
async function functionFor({ host, scope, sourceArn, filter }: Subscribed): Promise<{
  target: FunctionTarget
  options: CallOptions
}> {
  const { destinationArn } = filter
  const refused = (cause?: unknown) =>
    awsError(
      'InvalidParameterException',
      'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
      { cause },
    )
  const target = await host.functionTarget(destinationArn).catch((error: unknown) => {
    throw isAwsError(error) ? refused(error) : error
  })
  const context = { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': scope.account }
  const request = { action: 'lambda:InvokeFunction', resource: destinationArn }
  for (const name of ['logs.amazonaws.com', `logs.${scope.region}.amazonaws.com`]) {
    const principal = servicePrincipal(name)
    if (await host.records.read(scope, (tx) => host.isAllowed(principal, request, context, tx)))
      return { target, options: { principal, sourceArn, sourceAccount: scope.account } }
  }
  throw refused()
}
