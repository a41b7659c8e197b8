import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { group } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { findGroup, groupResource, nameOf } from './find.ts'
import { checkTransformer } from './transformer-config.ts'
import { transformed } from './transforming.ts'

/**
 * Transformers: a common form of a group's events, for filters and queries; reads answer events as they came.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation.html
 */
export const transformers = operations<Api>()({
  PutTransformer: {
    authorize: ({ logGroupIdentifier }, ctx) => [
      { action: 'logs:PutTransformer', resource: groupResource(ctx, nameOf(logGroupIdentifier, ctx.scope)) },
    ],
    async write(tx, { logGroupIdentifier, transformerConfig: config }, { nowMs }) {
      checkTransformer(config)
      const found = await findGroup(tx, nameOf(logGroupIdentifier, tx.scope))
      const transformer = { config, createdAtMs: found.transformer?.createdAtMs ?? nowMs, modifiedAtMs: nowMs }
      tx.set(group(found.name), { ...found, transformer })
      return {}
    },
  },

  GetTransformer: {
    authorize: ({ logGroupIdentifier }, ctx) => [
      { action: 'logs:GetTransformer', resource: groupResource(ctx, nameOf(logGroupIdentifier, ctx.scope)) },
    ],
    async read(tx, { logGroupIdentifier }) {
      const { transformer } = await findGroup(tx, nameOf(logGroupIdentifier, tx.scope))
      if (!transformer) throw missing()
      const { config, createdAtMs, modifiedAtMs } = transformer
      return {
        logGroupIdentifier,
        creationTime: createdAtMs,
        lastModifiedTime: modifiedAtMs,
        transformerConfig: structuredClone([...config]),
      }
    },
  },

  DeleteTransformer: {
    authorize: ({ logGroupIdentifier }, ctx) => [
      { action: 'logs:DeleteTransformer', resource: groupResource(ctx, nameOf(logGroupIdentifier, ctx.scope)) },
    ],
    async write(tx, { logGroupIdentifier }) {
      const found = await findGroup(tx, nameOf(logGroupIdentifier, tx.scope))
      if (!found.transformer) throw missing()
      tx.set(group(found.name), { ...found, transformer: undefined })
      return {}
    },
  },

  TestTransformer: {
    authorize: () => [{ action: 'logs:TestTransformer', resource: '*' }],
    async call({ transformerConfig: config, logEventMessages: messages }, { host, signal, scope }) {
      checkTransformer(config)
      const made = await transformed({ host, signal }, { config, messages, logGroup: '', logStream: '', ...scope })
      if (!made)
        throw awsError('InvalidParameterException', 'The transformerConfig takes too long, or too much memory.')
      return {
        transformedLogs: messages.map((eventMessage, index) => ({
          eventNumber: index + 1,
          eventMessage,
          transformedEventMessage: made[index] ?? eventMessage,
        })),
      }
    },
  },
})

function missing(): Error {
  return awsError('ResourceNotFoundException', 'The specified log group has no transformer.')
}
