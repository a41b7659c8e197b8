import { requestTags } from '../../../kernel/authorization.ts'
import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx, Scope } from '../../../kernel/records.ts'
import { parseFilter } from '../../../telemetry/filter/pattern.ts'
import type { Api } from '../api.ts'
import { checkKey } from '../encryption.ts'
import { findGroup, groupArn, groupResource, nameOf, pageSize } from '../find.ts'
import { checkTags } from '../tags.ts'
import { awaitWindow } from './detect-job.ts'
import { anomaly, type Detector, detector, detectorArn, detectorOf, frequencyMs, pattern } from './state.ts'

const mostDetectors = 500
const usualVisibilityDays = 21

/** Log anomaly detectors. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/LogsAnomalyDetection.html */
export const anomalyDetectors = operations<Api>()({
  CreateLogAnomalyDetector: {
    authorize: ({ logGroupArnList, tags }, ctx) => [
      ...logGroupArnList.map((arn) => ({
        action: 'logs:CreateLogAnomalyDetector',
        resource: groupResource(ctx, nameOf(arn, ctx.scope)),
        context: requestTags(tags),
      })),
      ...(tags
        ? [{ action: 'logs:TagResource', resource: detectorArn(ctx.scope, '*'), context: requestTags(tags) }]
        : []),
    ],
    async write(tx, input, ctx) {
      const { host, nowMs, scope } = ctx
      const { detectorName: name, evaluationFrequency: frequency = 'FIVE_MIN', filterPattern, tags = {} } = input
      const [arn = '', second] = input.logGroupArnList
      if (second !== undefined || !arn.startsWith('arn:'))
        throw invalid('logGroupArnList must have the ARN of one log group.')
      const { name: group } = await findGroup(tx, nameOf(arn, tx.scope))
      checkTags(tags)
      if (input.kmsKeyId !== undefined) checkKey(input.kmsKeyId)
      parseFilter(filterPattern ?? '')
      let count = 0
      for await (const _id of tx.snapshot.keys(detector.under(), { limit: mostDetectors })) count++
      if (count >= mostDetectors)
        throw awsError('LimitExceededException', `A region can have at most ${mostDetectors} log anomaly detectors.`)
      const made: Detector = {
        ...{ id: ctx.newId(), name, group, frequency, filterPattern, tags, kmsKeyId: input.kmsKeyId },
        ...{ visibilityDays: input.anomalyVisibilityTime ?? usualVisibilityDays, enabled: true },
        ...{ createdAtMs: nowMs, modifiedAtMs: nowMs, fromMs: windowAt(frequency, nowMs), stage: 'past', patterns: 0 },
      }
      tx.set(detector(made.id), made)
      awaitWindow(tx, made, host)
      return { anomalyDetectorArn: detectorArn(scope, made.id) }
    },
  },

  UpdateLogAnomalyDetector: {
    authorize: ({ anomalyDetectorArn }) => [{ action: 'logs:UpdateLogAnomalyDetector', resource: anomalyDetectorArn }],
    async write(tx, { anomalyDetectorArn, evaluationFrequency, filterPattern, anomalyVisibilityTime, enabled }, ctx) {
      const found = await findDetector(tx, anomalyDetectorArn)
      const frequency = evaluationFrequency ?? found.frequency
      parseFilter(filterPattern ?? '')
      const changed = frequency !== found.frequency
      // What it knows of other windows says nothing of these.
      if (changed) forgetFindings(tx, found.id)
      const goesOn = !changed && found.enabled === enabled
      const next: Detector = {
        ...{ ...found, frequency, filterPattern: filterPattern ?? found.filterPattern, enabled },
        ...{ visibilityDays: anomalyVisibilityTime ?? found.visibilityDays, modifiedAtMs: ctx.nowMs },
        ...{ fromMs: goesOn ? found.fromMs : windowAt(frequency, ctx.nowMs) },
        ...(changed && { stage: 'past', firstAt: undefined, patterns: 0 }),
      }
      tx.set(detector(found.id), next)
      awaitWindow(tx, next, ctx.host)
      return {}
    },
  },

  DeleteLogAnomalyDetector: {
    authorize: ({ anomalyDetectorArn }) => [{ action: 'logs:DeleteLogAnomalyDetector', resource: anomalyDetectorArn }],
    async write(tx, { anomalyDetectorArn }, { host }) {
      const found = await findDetector(tx, anomalyDetectorArn)
      tx.delete(detector(found.id))
      forgetFindings(tx, found.id)
      awaitWindow(tx, { ...found, enabled: false }, host)
      return {}
    },
  },

  GetLogAnomalyDetector: {
    authorize: ({ anomalyDetectorArn }) => [{ action: 'logs:GetLogAnomalyDetector', resource: anomalyDetectorArn }],
    async read(tx, { anomalyDetectorArn }, { scope }) {
      const { anomalyDetectorArn: _arn, ...about } = describe(await findDetector(tx, anomalyDetectorArn), scope)
      return about
    },
  },

  ListLogAnomalyDetectors: {
    authorize: (_, ctx) => [{ action: 'logs:ListLogAnomalyDetectors', resource: detectorArn(ctx.scope, '*') }],
    async read(tx, { filterLogGroupArn, limit, nextToken }, { scope }) {
      const only = filterLogGroupArn === undefined ? undefined : nameOf(filterLogGroupArn, tx.scope)
      const bounds = boundsOfPage(nextToken, badToken)
      const chosen = async function* () {
        for await (const { value } of tx.range(detector.between([], bounds)))
          if (only === undefined || value.group === only) yield value
      }
      const { items, next } = await pageOf(chosen(), pageSize(limit, 50), ({ id }) => [id])
      return { anomalyDetectors: items.map((one) => describe(one, scope)), nextToken: next }
    },
  },
})

/** The detector of an ARN. Throws ResourceNotFoundException. */
export async function findDetector(tx: ReadTx, arn: string): Promise<Detector> {
  const found = await detectorOf(tx, arn)
  if (!found) throw awsError('ResourceNotFoundException', 'The specified log anomaly detector does not exist.')
  return found
}

const windowAt = (frequency: Detector['frequency'], nowMs: number) =>
  Math.floor(nowMs / frequencyMs[frequency]) * frequencyMs[frequency]

function forgetFindings(tx: Parameters<typeof awaitWindow>[0], id: string): void {
  tx.clear(pattern.under(id))
  tx.clear(anomaly.under(id))
}

function describe(one: Detector, scope: Scope) {
  const status = one.enabled
    ? one.stage === 'analyzing'
      ? ('ANALYZING' as const)
      : ('TRAINING' as const)
    : ('PAUSED' as const)
  return {
    ...{ anomalyDetectorArn: detectorArn(scope, one.id), detectorName: one.name, anomalyDetectorStatus: status },
    ...{ logGroupArnList: [groupArn(scope, one.group)], evaluationFrequency: one.frequency },
    ...{ filterPattern: one.filterPattern, kmsKeyId: one.kmsKeyId, anomalyVisibilityTime: one.visibilityDays },
    ...{ creationTimeStamp: one.createdAtMs, lastModifiedTimeStamp: one.modifiedAtMs },
  }
}

function badToken(): Error {
  return invalid('The specified nextToken is invalid.')
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
