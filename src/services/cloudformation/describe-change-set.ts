import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import { onChangeSet, onStack } from './access.ts'
import type { Api } from './api.ts'
import { parameterList } from './describe-stacks.ts'
import { changeSetOf, liveStack } from './find.ts'
import { tagList } from './input.ts'
import { badToken, pageOfList } from './page.ts'
import { type ChangeDetail, type ChangeSet, change, changeSet, type DescribedChange, type Stack } from './state.ts'

const pageSize = 100

/** Change sets, as they are. */
export const describingChangeSets = operations<Api>()({
  DescribeChangeSet: {
    authorize: (input, ctx, tx) => onChangeSet('DescribeChangeSet', input.ChangeSetName, input.StackName, ctx, tx),
    async read(tx, { ChangeSetName, StackName, NextToken, IncludePropertyValues }) {
      const { set, of } = await changeSetOf(tx, ChangeSetName, StackName)
      const range = change.between([set.uuid], boundsOfPage(NextToken, badToken, ['number']))
      const { items, next } = await pageOf(tx.range(range, { limit: pageSize + 1 }), pageSize, ({ key }) => [key[1]])
      return {
        ...summary(set, of),
        Parameters: parameterList(set),
        NotificationARNs: [],
        RollbackConfiguration: {},
        Capabilities: [...set.capabilities] as 'CAPABILITY_IAM'[],
        Tags: tagList(set.tags),
        Changes: items.map(({ value }) => ({
          Type: 'Resource' as const,
          ResourceChange: resourceChange(value, IncludePropertyValues === true),
        })),
        NextToken: next,
        OnStackFailure: set.onFailure,
        DeploymentConfig: set.mode === undefined ? undefined : { Mode: set.mode as 'STANDARD' },
      }
    },
  },

  ListChangeSets: {
    authorize: ({ StackName }, ctx, tx) => onStack('ListChangeSets', StackName, {}, ctx, tx),
    async read(tx, { StackName, NextToken }) {
      const of = await liveStack(tx, StackName)
      const found: ChangeSet[] = []
      for await (const { value } of tx.range(changeSet.under(of.uuid))) found.push(value)
      found.sort((a, b) => b.createdAtMs - a.createdAtMs)
      const { page, NextToken: next } = pageOfList(found, NextToken, 100)
      return { Summaries: page.map((set) => summary(set, of)), NextToken: next }
    },
  },
})

function summary(set: ChangeSet, of: Stack) {
  return {
    StackId: of.id,
    StackName: of.name,
    ChangeSetId: set.id,
    ChangeSetName: set.name,
    Description: set.note,
    ExecutionStatus: set.execution,
    Status: set.status,
    StatusReason: set.reason,
    CreationTime: new Date(set.createdAtMs),
    IncludeNestedStacks: set.includeNestedStacks,
    ImportExistingResources: set.importExisting ?? false,
  }
}

function resourceChange(change: DescribedChange, withValues: boolean) {
  return {
    PolicyAction: change.policyAction,
    Action: change.action,
    LogicalResourceId: change.logicalId,
    PhysicalResourceId: change.physicalId,
    ResourceType: change.type,
    Replacement: change.replacement,
    Scope: [...change.scope],
    Details: change.details.map((detail) => changeDetail(detail, withValues)),
    BeforeContext: withValues ? change.before : undefined,
    AfterContext: withValues ? change.after : undefined,
  }
}

function changeDetail(
  { attribute, name, recreation, dynamic, source, cause, before, after }: ChangeDetail,
  withValues: boolean,
) {
  const kind = before === undefined ? ('Add' as const) : after === undefined ? ('Remove' as const) : ('Modify' as const)
  return {
    Target: {
      Attribute: attribute,
      Name: name,
      RequiresRecreation: recreation,
      ...(withValues && name !== undefined
        ? { Path: `/Properties/${name}`, BeforeValue: before, AfterValue: after, AttributeChangeType: kind }
        : {}),
    },
    Evaluation: dynamic ? ('Dynamic' as const) : ('Static' as const),
    ChangeSource: source,
    CausingEntity: cause,
  }
}
