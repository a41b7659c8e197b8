import { operations } from '../../kernel/operation.ts'
import type { StackResource } from '../../stacks/resource.ts'
import { invalid } from '../../stacks/value.ts'
import { onAnything, onStack } from './access.ts'
import type { Api } from './api.ts'
import { lookAt } from './drift-detection.ts'
import { liveStack } from './find.ts'
import { forgetDetections } from './forget.ts'
import { pageOfList } from './page.ts'
import {
  driftDetection,
  driftDetectionHome,
  type ResourceDrift,
  resource,
  resourceDrift,
  type Stack,
  stack,
} from './state.ts'

/** Detections of a stack that can be asked about. */
const remembered = 20
const pageSize = 100

/** Statuses in which a stack's drift can be detected. */
const settled = [
  ...['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_FAILED'],
  ...['IMPORT_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE'],
]

/**
 * What has changed behind a stack's back.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/detect-drift-stack.html
 */
export const drifts = operations<Api>()({
  DetectStackDrift: {
    authorize: ({ StackName }, ctx, tx) => onStack('DetectStackDrift', StackName, {}, ctx, tx),
    async write(tx, { StackName, LogicalResourceIds }, ctx) {
      const of = await liveStack(tx, StackName)
      refuseUnsettled(of)
      if (of.detecting !== undefined) throw invalid(`Drift detection is already in progress for stack [${of.id}]`)
      for (const id of LogicalResourceIds ?? []) {
        if (!(await tx.get(resource(of.uuid, id)))) throw invalid(`Resource ${id} does not exist for stack ${of.name}`)
      }
      const id = ctx.newId()
      const startedAtMs = ctx.nowMs
      await forgetDetections(tx, of.uuid, remembered - 1)
      tx.set(stack(of.uuid), { ...of, detecting: id })
      tx.set(driftDetectionHome(id), { stack: of.uuid, startedAtMs })
      tx.set(driftDetection(of.uuid, startedAtMs, id), {
        id,
        stackId: of.id,
        startedAtMs,
        principal: ctx.principal,
        logicalIds: LogicalResourceIds,
        status: 'DETECTION_IN_PROGRESS',
      })
      ctx.host.deliveries.schedule(tx, {
        kind: 'cloudformation:detectDrift',
        scope: ctx.scope,
        data: { uuid: of.uuid, startedAtMs, id },
      })
      return { StackDriftDetectionId: id }
    },
  },

  DescribeStackDriftDetectionStatus: {
    authorize: () => onAnything('DescribeStackDriftDetectionStatus'),
    async read(tx, { StackDriftDetectionId: id }) {
      const home = await tx.get(driftDetectionHome(id))
      const found = home && (await tx.get(driftDetection(home.stack, home.startedAtMs, id)))
      if (!found) throw invalid(`Drift detection [${id}] does not exist`)
      return {
        StackId: found.stackId,
        StackDriftDetectionId: id,
        StackDriftStatus: found.found,
        DetectionStatus: found.status,
        DetectionStatusReason: found.reason,
        DriftedStackResourceCount: found.drifted,
        Timestamp: new Date(found.startedAtMs),
      }
    },
  },

  DetectStackResourceDrift: {
    authorize: ({ StackName }, ctx, tx) => onStack('DetectStackResourceDrift', StackName, {}, ctx, tx),
    async call({ StackName, LogicalResourceId }, ctx) {
      const { of, item } = await ctx.read(async (tx) => {
        const found = await liveStack(tx, StackName)
        return { of: found, item: await tx.get(resource(found.uuid, LogicalResourceId)) }
      })
      if (!item?.now) throw invalid(`Resource ${LogicalResourceId} does not exist for stack ${of.name}`)
      refuseUnsettled(of)
      const { host, scope, principal, signal } = ctx
      const drift = await lookAt(of, item, { host, scope, principal, signal })
      if (!drift) throw invalid(`Drift detection is not supported for resource type ${item.type}`)
      await ctx.write(async (tx) => tx.set(resourceDrift(of.uuid, LogicalResourceId), drift))
      return { StackResourceDrift: described(of, drift) }
    },
  },

  DescribeStackResourceDrifts: {
    authorize: ({ StackName }, ctx, tx) => onStack('DescribeStackResourceDrifts', StackName, {}, ctx, tx),
    async read(tx, { StackName, StackResourceDriftStatusFilters: only = [], NextToken, MaxResults = pageSize }) {
      const of = await liveStack(tx, StackName)
      const found: ResourceDrift[] = []
      for await (const { value } of tx.range(resourceDrift.under(of.uuid))) {
        const item = await tx.get(resource(of.uuid, value.logicalId))
        if (isCurrent(value, item) && (only.length === 0 || only.includes(value.status))) found.push(value)
      }
      const { page, NextToken: next } = pageOfList(found, NextToken, MaxResults)
      return { StackResourceDrifts: page.map((drift) => described(of, drift)), NextToken: next }
    },
  },
})

/** A resource that has been made, changed or deleted since has not been checked. */
export function isCurrent(drift: ResourceDrift | undefined, item: StackResource | undefined): boolean {
  return drift !== undefined && item?.now?.id === drift.physicalId && item.updatedAtMs <= drift.atMs
}

/** As DescribeStacks has it: what was found before the stack's latest update no longer holds. */
export function driftInformation({ drift, updatedAtMs }: Stack) {
  if (!drift || (updatedAtMs ?? 0) > drift.atMs) return { StackDriftStatus: 'NOT_CHECKED' as const }
  return { StackDriftStatus: drift.status, LastCheckTimestamp: new Date(drift.atMs) }
}

function refuseUnsettled({ id, status }: Stack): void {
  if (settled.includes(status)) return
  throw invalid(
    `Stack:${id} is in ${status} state and its drift can not be detected. It has to be in ${settled.join(', ')}.`,
  )
}

/** A resource's drift, as the API has it. */
export function described(of: Stack, drift: ResourceDrift) {
  const compared = drift.status !== 'DELETED'
  return {
    StackId: of.id,
    LogicalResourceId: drift.logicalId,
    PhysicalResourceId: drift.physicalId,
    ResourceType: drift.type,
    ExpectedProperties: drift.expected,
    ActualProperties: drift.actual,
    PropertyDifferences: compared
      ? drift.differences.map(({ path, kind, expected, actual }) => ({
          PropertyPath: path,
          ExpectedValue: expected,
          ActualValue: actual,
          DifferenceType: kind,
        }))
      : [],
    StackResourceDriftStatus: drift.status,
    Timestamp: new Date(drift.atMs),
  }
}
