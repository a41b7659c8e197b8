import {
  CloudFormationClient,
  DescribeStackInstanceCommand,
  DescribeStackResourceCommand,
  DescribeStackSetOperationCommand,
  ListStackSetOperationResultsCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateRoleCommand, type IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'

export const account = '000000000000'

const trust = (Principal: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
  })

/** A role that may do all of `actions`, and whom it trusts. */
export async function role(iam: IAMClient, RoleName: string, principal: object, actions: readonly string[]) {
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(principal) }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  })
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument }))
}

export const administrator = 'AWSCloudFormationStackSetAdministrationRole'
export const executor = 'AWSCloudFormationStackSetExecutionRole'

/** The role that CloudFormation assumes in the administrator's account. */
export const administrationRole = (iam: IAMClient) =>
  role(iam, administrator, { Service: 'cloudformation.amazonaws.com' }, ['sts:AssumeRole'])

/** The role that the administrator assumes where the stacks are. */
export const executionRole = (iam: IAMClient, actions: readonly string[] = ['*']) =>
  role(iam, executor, { AWS: `arn:aws:iam::${account}:role/${administrator}` }, actions)

/** An operation once it has ended, with what became of each instance. */
export async function ended(cfn: CloudFormationClient, StackSetName: string, OperationId: string | undefined) {
  for (;;) {
    const { StackSetOperation } = await cfn.send(new DescribeStackSetOperationCommand({ StackSetName, OperationId }))
    if (StackSetOperation!.EndTimestamp) {
      const { Summaries } = await cfn.send(new ListStackSetOperationResultsCommand({ StackSetName, OperationId }))
      return {
        status: StackSetOperation!.Status,
        results: Summaries!.map(({ Account, Region, Status }) => `${Account} ${Region} ${Status}`),
        reasons: Summaries!.flatMap(({ StatusReason }) => (StatusReason === undefined ? [] : [StatusReason])),
      }
    }
    await new Promise(setImmediate)
  }
}

/** Signals the wait condition `Told` of a set's stack in a Region, once it waits. */
export async function tell(endpoint: string, cfn: CloudFormationClient, StackSetName: string, region: string) {
  const where = { StackSetName, StackInstanceAccount: account, StackInstanceRegion: region }
  const credentials = await cfn.config.credentials()
  const there = new CloudFormationClient({ endpoint, region, credentials, maxAttempts: 1 })
  for (;;) {
    const { StackInstance } = await cfn.send(new DescribeStackInstanceCommand(where))
    const handle = { StackName: StackInstance?.StackId, LogicalResourceId: 'Handle' }
    const found = StackInstance?.StackId
      ? await there.send(new DescribeStackResourceCommand(handle)).catch(() => undefined)
      : undefined
    const url = found?.StackResourceDetail?.PhysicalResourceId
    if (url?.startsWith('http')) {
      const { pathname, search } = new URL(url)
      const body = JSON.stringify({ Status: 'SUCCESS', UniqueId: 'one', Reason: 'told', Data: '' })
      await fetch(new URL(pathname + search, endpoint), { method: 'PUT', body })
      there.destroy()
      return
    }
    await new Promise(setImmediate)
  }
}
