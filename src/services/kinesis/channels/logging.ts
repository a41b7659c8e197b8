import { isAwsError } from '../../../kernel/errors.ts'
import type { Principal } from '../../../kernel/principal.ts'
import { streamArn } from '../names.ts'
import type { Delivering } from './batch.ts'
import { channelArn } from './names.ts'

/** What went wrong, as a log group is told. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly destination: string
}

/** Tells of a problem in the log group of a channel, if it has one, as its role; when that fails too, only here. */
export async function tellProblem(
  { host, scope, channel }: Pick<Delivering, 'host' | 'scope' | 'channel'>,
  as: Principal | undefined,
  { code, message, destination }: Problem,
): Promise<void> {
  host.log.warn('kinesis.channel-not-delivered', { channel: channel.name, code, error: message })
  const { enabled, group: logGroupName, stream: logStreamName } = channel.logging
  if (!enabled || !as) return
  const line = {
    channelARN: channelArn(scope, channel.id),
    streamARN: streamArn(scope, channel.stream.name),
    ...{ destination, errorCode: code, message },
  }
  const logEvents = [{ timestamp: host.clock.nowMs(), message: JSON.stringify(line) }]
  const options = { as, scope }
  const put = () => host.invoke('logs:PutLogEvents', { logGroupName, logStreamName, logEvents }, options)
  const make = (operation: string, input: object) =>
    host.invoke(operation, input, options).catch((error: unknown) => {
      if (!isAwsError(error, 'ResourceAlreadyExistsException')) throw error
    })
  try {
    await put().catch(async (error: unknown) => {
      if (!isAwsError(error, 'ResourceNotFoundException')) throw error
      await make('logs:CreateLogGroup', { logGroupName })
      await make('logs:CreateLogStream', { logGroupName, logStreamName })
      await put()
    })
  } catch (error) {
    if (!isAwsError(error)) throw error
    host.log.warn('kinesis.channel-log-not-written', { channel: channel.name, error: error.message })
  }
}
