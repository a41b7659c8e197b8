import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { Api } from './api.ts'
import { askBucket, putObject } from './export-bucket.ts'
import { activeExport, type ExportTask, exportTask } from './export-state.ts'
import { findGroup, groupResource } from './find.ts'

const mostPrefix = 512

/** Exports of a group's events to a bucket. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html */
export const exportTasks = operations<Api>()({
  CreateExportTask: {
    authorize: ({ logGroupName, destination, destinationPrefix: prefix = 'exportedlogs' }, ctx) => [
      { action: 'logs:CreateExportTask', resource: groupResource(ctx, logGroupName) },
      // Whoever asks must be able to write there too, else the service would do for them what they may not.
      { action: 's3:PutObject', resource: `arn:aws:s3:::${destination}/${prefix}/*` },
    ],
    async call(input, ctx) {
      const { logGroupName, from, to, destination: bucket, destinationPrefix: prefix = 'exportedlogs' } = input
      if (to < from) throw invalid('to must not be before from.')
      if (prefix.length > mostPrefix) throw invalid(`destinationPrefix must be at most ${mostPrefix} characters long.`)
      const found = await ctx.read((tx) => findGroup(tx, logGroupName))
      if (to < found.createdAtMs) throw invalid('to must not be before the log group was made.')
      const access = { host: ctx.host, scope: ctx.scope, bucket, signal: ctx.signal }
      await askBucket(access, 'GetBucketAcl', {}).catch(refusedBy('GetBucketAcl'))
      const checked = Buffer.from('Permission Check Successful')
      await putObject(access, `${prefix}/aws-logs-write-test`, checked).catch(refusedBy('PutObject'))
      const task: ExportTask = {
        id: ctx.newId(),
        name: input.taskName,
        group: found.name,
        generation: found.generation,
        streamPrefix: input.logStreamNamePrefix ?? '',
        fromMs: from,
        toMs: to,
        bucket,
        prefix,
        status: 'PENDING',
        createdAtMs: ctx.nowMs,
      }
      await ctx.write(async (tx) => {
        if (await tx.get(activeExport()))
          throw awsError('LimitExceededException', 'Resource limit exceeded: one export task can be active at a time.')
        tx.set(exportTask(task.id), task)
        tx.set(activeExport(), task.id)
        ctx.host.deliveries.schedule(tx, { kind: 'logs:export', scope: ctx.scope, key: task.id, data: { id: task.id } })
      })
      return { taskId: task.id }
    },
  },

  DescribeExportTasks: {
    authorize: () => [{ action: 'logs:DescribeExportTasks', resource: '*' }],
    async read(tx, { taskId, statusCode, limit = 50, nextToken }) {
      if (taskId !== undefined) {
        const one = await tx.get(exportTask(taskId))
        return { exportTasks: one && (!statusCode || one.status === statusCode) ? [describe(one)] : [] }
      }
      const bounds = boundsOfPage(nextToken, () => invalid('The specified nextToken is invalid.'))
      const chosen = async function* () {
        for await (const { value } of tx.range(exportTask.between([], bounds)))
          if (!statusCode || value.status === statusCode) yield value
      }
      const { items, next } = await pageOf(chosen(), limit, ({ id }) => [id])
      return { exportTasks: items.map(describe), nextToken: next }
    },
  },

  CancelExportTask: {
    authorize: () => [{ action: 'logs:CancelExportTask', resource: '*' }],
    async write(tx, { taskId }, ctx) {
      const found = await tx.get(exportTask(taskId))
      if (!found) throw awsError('ResourceNotFoundException', 'The specified export task does not exist.')
      if ((await tx.get(activeExport())) !== taskId)
        throw awsError('InvalidOperationException', `The specified export task has already finished: ${found.status}.`)
      tx.delete(activeExport())
      tx.set(exportTask(taskId), { ...found, status: 'CANCELLED', endedAtMs: ctx.nowMs })
      ctx.host.deliveries.cancel(tx, 'logs:export', ctx.scope, taskId)
      return {}
    },
  },
})

function describe(task: ExportTask) {
  return {
    taskId: task.id,
    taskName: task.name,
    logGroupName: task.group,
    from: task.fromMs,
    to: task.toMs,
    destination: task.bucket,
    destinationPrefix: task.prefix,
    status: { code: task.status, message: task.message },
    executionInfo: { creationTime: task.createdAtMs, completionTime: task.endedAtMs },
  }
}

const refusedBy = (call: string) => (cause: unknown) => {
  if (!isAwsError(cause)) throw cause
  throw awsError(
    'InvalidParameterException',
    `${call} call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation.`,
    { cause },
  )
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
