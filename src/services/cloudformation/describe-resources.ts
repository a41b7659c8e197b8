import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { StackResource } from '../../stacks/resource.ts'
import { invalid } from '../../stacks/value.ts'
import { onStack } from './access.ts'
import type { Api } from './api.ts'
import { isCurrent } from './drift.ts'
import { stackOf } from './find.ts'
import { ownersOf } from './owners.ts'
import { pageOfList } from './page.ts'
import { resource, resourceDrift, type Stack, stack } from './state.ts'

/** What a stack consists of. */
export const resourcesOfStacks = operations<Api>()({
  DescribeStackResource: {
    authorize: ({ StackName }, ctx, tx) => onStack('DescribeStackResource', StackName, {}, ctx, tx),
    async read(tx, { StackName, LogicalResourceId }) {
      const of = await stackOf(tx, StackName, `Stack '${StackName}' does not exist`)
      const found = await tx.get(resource(of.uuid, LogicalResourceId))
      if (!found) throw invalid(`Resource ${LogicalResourceId} does not exist for stack ${of.name}`)
      const metadata = found.now?.metadata
      return {
        StackResourceDetail: {
          ...identity(of),
          ...common(found),
          LastUpdatedTimestamp: new Date(found.updatedAtMs),
          Metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
          DriftInformation: await driftInformation(tx, of, found),
        },
      }
    },
  },

  DescribeStackResources: {
    async authorize({ StackName, PhysicalResourceId }, ctx, tx) {
      const home = PhysicalResourceId === undefined ? undefined : (await ownersOf(tx, PhysicalResourceId))[0]
      const of = StackName === undefined && home ? await tx.get(stack(home.uuid)) : undefined
      return onStack('DescribeStackResources', of?.id ?? StackName, {}, ctx, tx)
    },
    async read(tx, { StackName, LogicalResourceId, PhysicalResourceId }) {
      if (StackName !== undefined && PhysicalResourceId !== undefined)
        throw invalid('Only one of StackName and PhysicalResourceId may be specified.')
      const of = StackName === undefined ? await homeOf(tx, PhysicalResourceId) : await stackOf(tx, StackName)
      const found = (await all(tx, of)).filter(
        ({ logicalId }) => LogicalResourceId === undefined || logicalId === LogicalResourceId,
      )
      // Like the real service: the first hundred, and ListStackResources for more.
      return {
        StackResources: await Promise.all(
          found.slice(0, 100).map(async (item) => ({
            ...identity(of),
            ...common(item),
            Timestamp: new Date(item.updatedAtMs),
            DriftInformation: await driftInformation(tx, of, item),
          })),
        ),
      }
    },
  },

  ListStackResources: {
    authorize: ({ StackName }, ctx, tx) => onStack('ListStackResources', StackName, {}, ctx, tx),
    async read(tx, { StackName, NextToken }) {
      const of = await stackOf(tx, StackName)
      const { page, NextToken: next } = pageOfList(await all(tx, of), NextToken, 100)
      return {
        StackResourceSummaries: await Promise.all(
          page.map(async (item) => ({
            ...common(item),
            LastUpdatedTimestamp: new Date(item.updatedAtMs),
            DriftInformation: await driftInformation(tx, of, item),
          })),
        ),
        NextToken: next,
      }
    },
  },
})

async function all(tx: ReadTx, of: Stack): Promise<StackResource[]> {
  const found = []
  for await (const { value } of tx.range(resource.under(of.uuid))) found.push(value)
  return found
}

async function driftInformation(tx: ReadTx, of: Stack, item: StackResource) {
  const drift = await tx.get(resourceDrift(of.uuid, item.logicalId))
  if (!drift || !isCurrent(drift, item)) return { StackResourceDriftStatus: 'NOT_CHECKED' as const }
  return { StackResourceDriftStatus: drift.status, LastCheckTimestamp: new Date(drift.atMs) }
}

function identity(of: Stack) {
  return { StackId: of.id, StackName: of.name }
}

/** The stack that a physical resource belongs to. */
async function homeOf(tx: ReadTx, physicalId: string | undefined): Promise<Stack> {
  if (physicalId === undefined) throw invalid('Either StackName or PhysicalResourceId must be specified.')
  const [home] = await ownersOf(tx, physicalId)
  const of = home && (await tx.get(stack(home.uuid)))
  if (!of) throw invalid(`Stack for ${physicalId} does not exist`)
  return of
}

function common({ logicalId, type, status, reason, now, attempt, lastId }: StackResource) {
  return {
    LogicalResourceId: logicalId,
    PhysicalResourceId: now?.id ?? attempt?.partialId ?? lastId,
    ResourceType: type,
    ResourceStatus: status,
    ResourceStatusReason: reason,
  }
}
