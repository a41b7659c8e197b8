import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { StreamStart } from '../../kernel/events.ts'
import { checkDestination } from './destinations.ts'
import { invalid, unsupported } from './errors.ts'
import type { Found } from './find.ts'
import { credentials } from './polling.ts'
import type { StreamMapping } from './state.ts'

/** https://docs.aws.amazon.com/lambda/latest/api/API_OnFailure.html */
const destinations = new Set<string | undefined>(['sqs', 'sns', 's3'])

/** Throws unless the stream is there, and the function's role may read it and use the destination. */
export async function checkStream(
  ctx: Ctx,
  found: Found,
  sourceArn: string,
  { onFailure }: StreamMapping,
): Promise<void> {
  const { needed } = await ctx.host.streamSource(sourceArn).catch((error: Error) => {
    throw invalid(`Stream not found: ${sourceArn}. ${error.message}`)
  })
  const { principal } = await credentials(ctx.host, found)
  for (const request of needed) {
    const allows = (resource: string) =>
      ctx.read((tx) => ctx.host.isAllowed(principal, { ...request, resource }, {}, tx))
    // Roles are commonly given all of them on the stream alone, though listing streams has no resource.
    if ((await allows(request.resource)) || (request.resource === '*' && (await allows(sourceArn)))) continue
    throw invalid(
      `Cannot access stream ${sourceArn}. Please ensure the role can perform the GetRecords, GetShardIterator, ` +
        'DescribeStream, and ListStreams Actions on your stream in IAM.',
    )
  }
  if (onFailure === undefined) return
  if (!destinations.has(parseArn(onFailure)?.service)) {
    throw unsupported(`The destination ${onFailure}`, 'those of mappings are queues, topics and buckets.')
  }
  const { name, record, configuration } = found
  await checkDestination(ctx, { scope: name.scope, name: record.name }, configuration.role, onFailure, 'OnFailure')
}

/** Positions by shard. */
export interface Start {
  readonly lanes: number
  readonly positions: ReadonlyMap<string, string>
}

/** Where a new mapping begins, found out before it is acknowledged: what is written from then on reaches the function. */
export async function startOf(
  ctx: Ctx,
  found: Found,
  sourceArn: string,
  { startingPosition, startingAtMs, lanes }: StreamMapping,
): Promise<Start> {
  if (startingPosition === 'AT_TIMESTAMP' && (startingAtMs ?? 0) > ctx.nowMs) {
    throw invalid('StartingPositionTimestamp cannot be in the future.')
  }
  const start: StreamStart =
    startingPosition === 'AT_TIMESTAMP'
      ? { type: startingPosition, atMs: startingAtMs ?? 0 }
      : { type: startingPosition }
  const source = await ctx.host.streamSource(sourceArn)
  const { principal } = await credentials(ctx.host, found)
  const positions = new Map<string, string>()
  for (const { id } of await source.shards(principal)) {
    positions.set(id, await source.position(id, start, principal))
  }
  return { lanes, positions }
}
