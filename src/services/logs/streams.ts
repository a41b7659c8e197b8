import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import { type LogStream, stream, streamByTime } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import {
  findGroup,
  findStream,
  fromToken,
  groupArn,
  groupName,
  groupResource,
  nameOfToken,
  pageSize,
  streamResource,
} from './find.ts'

/** Log streams: made, listed by name or by their last event, deleted. */
export const streams = operations<Api>()({
  CreateLogStream: {
    authorize: ({ logGroupName, logStreamName }, ctx) => [
      { action: 'logs:CreateLogStream', resource: streamResource(ctx, logGroupName, logStreamName) },
    ],
    async write(tx, { logGroupName, logStreamName }, ctx) {
      const { generation } = await findGroup(tx, logGroupName)
      if (await tx.get(stream(generation, logStreamName)))
        throw awsError('ResourceAlreadyExistsException', 'The specified log stream already exists')
      tx.set(stream(generation, logStreamName), { createdAtMs: ctx.nowMs })
      tx.set(streamByTime(generation, 0, logStreamName), true)
      return {}
    },
  },

  DeleteLogStream: {
    authorize: ({ logGroupName, logStreamName }, ctx) => [
      { action: 'logs:DeleteLogStream', resource: streamResource(ctx, logGroupName, logStreamName) },
    ],
    async write(tx, { logGroupName, logStreamName }, ctx) {
      const found = await findGroup(tx, logGroupName)
      const { lastEventAtMs = 0 } = await findStream(tx, found, logStreamName)
      tx.delete(stream(found.generation, logStreamName))
      tx.delete(streamByTime(found.generation, lastEventAtMs, logStreamName))
      const data = { generation: found.generation, stream: logStreamName, beforeMs: ctx.nowMs }
      ctx.host.deliveries.schedule(tx, { kind: 'logs:dropStream', scope: ctx.scope, data })
      return {}
    },
  },

  DescribeLogStreams: {
    authorize: (input, ctx) => [
      { action: 'logs:DescribeLogStreams', resource: groupResource(ctx, groupName(input, ctx.scope)) },
    ],
    async read(tx, input, ctx) {
      const { generation, name } = await findGroup(tx, groupName(input, tx.scope))
      const {
        logStreamNamePrefix: prefix = '',
        orderBy = 'LogStreamName',
        descending: reverse = false,
        nextToken,
      } = input
      if (orderBy === 'LastEventTime' && prefix !== '') {
        throw awsError('InvalidParameterException', 'Cannot order by LastEventTime with a logStreamNamePrefix.')
      }
      const limit = pageSize(input.limit, 50)
      const found: { name: string; value: LogStream }[] = []
      if (orderBy === 'LastEventTime') {
        const from = nextToken === undefined ? undefined : fromToken(nextToken, ['number', 'string'])
        const range = streamByTime.between([generation], from ? (reverse ? { to: from } : { after: from }) : {})
        for await (const [, , streamName] of tx.keys(range, { reverse, limit: limit + 1 })) {
          const value = await tx.get(stream(generation, streamName))
          if (value) found.push({ name: streamName, value })
        }
      } else {
        const from = nextToken === undefined ? undefined : nameOfToken(nextToken)
        const end = prefix === '' ? {} : { to: [`${prefix}\u{10FFFF}`] }
        const bounds = reverse
          ? from === undefined
            ? { from: [prefix], ...end }
            : { from: [prefix], to: [from] }
          : from === undefined
            ? { from: [prefix], ...end }
            : { after: [from], ...end }
        for await (const { key, value } of tx.range(stream.between([generation], bounds), {
          reverse,
          limit: limit + 1,
        })) {
          found.push({ name: key[1], value })
        }
      }
      const page = found.slice(0, limit)
      const last = page.at(-1)
      return {
        logStreams: page.map((item) => ({
          logStreamName: item.name,
          creationTime: item.value.createdAtMs,
          firstEventTimestamp: item.value.firstEventAtMs,
          lastEventTimestamp: item.value.lastEventAtMs,
          lastIngestionTime: item.value.lastIngestedAtMs,
          arn: `${groupArn(ctx.scope, name)}:log-stream:${item.name}`,
          uploadSequenceToken: '1',
          // The real service has answered 0 here since 2019.
          storedBytes: 0,
        })),
        nextToken:
          found.length > limit && last
            ? orderBy === 'LastEventTime'
              ? toPageToken(last.value.lastEventAtMs ?? 0, last.name)
              : toPageToken(last.name)
            : undefined,
      }
    },
  },
})
