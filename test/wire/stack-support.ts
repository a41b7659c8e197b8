import { type CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation'

export async function describeStack(cfn: CloudFormationClient, StackName: string): Promise<Stack> {
  return (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!
}

/** The stack once nothing of it is in progress. `meanwhile` moves what it waits for: the clock, as a rule. */
export async function settledStack(cfn: CloudFormationClient, name: string, meanwhile?: () => void): Promise<Stack> {
  for (;;) {
    const stack = await describeStack(cfn, name)
    if (!stack.StackStatus!.endsWith('_IN_PROGRESS')) return stack
    meanwhile?.()
    await new Promise(setImmediate)
  }
}
