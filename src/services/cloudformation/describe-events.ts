import { operations } from '../../kernel/operation.ts'
import { pageOf, toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { invalid } from '../../stacks/value.ts'
import { onChangeSet, onStack } from './access.ts'
import type { Api } from './api.ts'
import { changeSetOf, stackOf } from './find.ts'
import { operation, operationEvent, operationHome, type StackOperation } from './operation-log.ts'
import { positionOf, tokenPart } from './page.ts'
import { type ChangeSet, changeSet, changeSetHome, event, type Stack, type StackEvent, stack } from './state.ts'

const pageSize = 100
/** Lines that one request looks at where failures alone are asked for; a page may be short, and others follow. */
const mostLooked = 1_000

/**
 * What happened to a stack, by operation. Hooks and early validations there are none, so neither are their events.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
 */
export const describingEvents = operations<Api>()({
  DescribeEvents: {
    async authorize({ StackName, ChangeSetName, OperationId }, ctx, tx) {
      if (ChangeSetName !== undefined) return onChangeSet('DescribeEvents', ChangeSetName, StackName, ctx, tx)
      if (StackName !== undefined) return onStack('DescribeEvents', StackName, {}, ctx, tx)
      const home = OperationId === undefined ? undefined : await homeOf(tx, OperationId)
      const of = home && (await tx.get(stack(home.uuid)))
      return onStack('DescribeEvents', of?.id, {}, ctx, tx)
    },
    async read(tx, { StackName, ChangeSetName, OperationId, Filters, NextToken }) {
      const asked = await changeSetAsked(tx, StackName, ChangeSetName, OperationId)
      if (asked) {
        const made = creation(asked.set, asked.of)
        const wanted = OperationId === undefined || OperationId === asked.set.uuid
        const shown = wanted && (Filters?.FailedEvents !== true || made.OperationStatus === 'FAILED')
        return { OperationEvents: shown ? [made] : [] }
      }
      const of = await home(tx, StackName, OperationId)
      const position = positionOf(NextToken)
      const before = position ? { to: [position] } : {}
      const lines =
        OperationId === undefined
          ? tx.range(event.between([of.uuid], before), { reverse: true })
          : tx.range(operationEvent.between([of.uuid, OperationId], before), { reverse: true })
      const known = new Map<string, StackOperation | undefined>()
      let looked = 0
      let stopped: Uint8Array | undefined
      async function* wanted() {
        for await (const { key, value } of lines) {
          if (value.operation !== undefined && !known.has(value.operation))
            known.set(value.operation, await tx.get(operation(of.uuid, value.operation)))
          const line = described(of, value, known.get(value.operation ?? ''))
          const position = key.at(-1) as Uint8Array
          if (Filters?.FailedEvents !== true || isFailure(line)) yield { line, position }
          if (++looked < mostLooked) continue
          stopped = position
          return
        }
      }
      const { items, next } = await pageOf(wanted(), pageSize, (item) => [tokenPart(item.position)])
      const more = next ?? (stopped && toPageToken(tokenPart(stopped)))
      return { OperationEvents: items.map(({ line }) => line), NextToken: more }
    },
  },
})

/** Where an operation is: a deployment, or the making of a change set, whose uuid it has for an id. */
async function homeOf(tx: ReadTx, id: string): Promise<{ readonly uuid: string } | undefined> {
  const made = await tx.get(changeSetHome(id))
  return made ? { uuid: made.stack } : tx.get(operationHome(id))
}

async function changeSetAsked(
  tx: ReadTx,
  stackName: string | undefined,
  name: string | undefined,
  id: string | undefined,
): Promise<{ readonly set: ChangeSet; readonly of: Stack } | undefined> {
  if (name !== undefined) return changeSetOf(tx, name, stackName)
  const found = id === undefined ? undefined : await tx.get(changeSetHome(id))
  const set = found && id !== undefined ? await tx.get(changeSet(found.stack, id)) : undefined
  return set && { set, of: await home(tx, stackName, set.uuid) }
}

async function home(tx: ReadTx, name: string | undefined, id: string | undefined): Promise<Stack> {
  const named = name === undefined ? undefined : await stackOf(tx, name, `Stack [${name}] does not exist`)
  if (id === undefined) {
    if (!named) throw invalid('One of StackName, ChangeSetName and OperationId must be specified.')
    return named
  }
  const at = await homeOf(tx, id)
  const of = at && (await tx.get(stack(at.uuid)))
  if (!of || (named && named.uuid !== of.uuid)) throw invalid(`Operation [${id}] does not exist`)
  return of
}

/** A stack's own lines are the operation's; those of its resources are its progress, or what went wrong with it. */
function described(of: Stack, line: StackEvent, at: StackOperation | undefined) {
  const failed = line.status.endsWith('_FAILED')
  return {
    EventId: line.id,
    StackId: of.id,
    OperationId: line.operation,
    OperationType: at?.type,
    OperationStatus: at?.status,
    EventType:
      line.physicalId === of.id
        ? ('STACK_EVENT' as const)
        : failed
          ? ('PROVISIONING_ERROR' as const)
          : ('PROGRESS_EVENT' as const),
    LogicalResourceId: line.logicalId,
    PhysicalResourceId: line.physicalId,
    ResourceType: line.type,
    Timestamp: new Date(line.atMs),
    ResourceStatus: line.status as 'CREATE_COMPLETE',
    ResourceStatusReason: line.reason,
    ResourceProperties: line.properties,
    ClientRequestToken: line.token,
  }
}

function isFailure({ EventType, ResourceStatus }: ReturnType<typeof described>): boolean {
  return EventType === 'PROVISIONING_ERROR' || ResourceStatus.endsWith('_FAILED')
}

/** A change set is complete, or has failed, when it is made: an operation of one event. */
function creation(set: ChangeSet, of: Stack) {
  const at = new Date(set.createdAtMs)
  return {
    EventId: set.uuid,
    StackId: of.id,
    OperationId: set.uuid,
    OperationType: 'CREATE_CHANGESET' as const,
    OperationStatus: set.status === 'FAILED' ? ('FAILED' as const) : ('SUCCEEDED' as const),
    EventType: 'STACK_EVENT' as const,
    LogicalResourceId: of.name,
    PhysicalResourceId: of.id,
    ResourceType: 'AWS::CloudFormation::Stack',
    Timestamp: at,
    StartTime: at,
    EndTime: at,
    ResourceStatusReason: set.reason,
    ClientRequestToken: set.token,
  }
}
