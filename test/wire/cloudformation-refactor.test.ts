import {
  CloudFormationClient,
  CreateStackCommand,
  CreateStackRefactorCommand,
  type CreateStackRefactorCommandInput,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackRefactorCommand,
  DescribeStackResourcesCommand,
  ExecuteStackRefactorCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStackRefactorActionsCommand,
  ListStackRefactorsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
})
afterAll(() => node.close())

const queue = (DelaySeconds: number, more: object = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { DelaySeconds, ...more },
})
const topic = (DisplayName: unknown) => ({ Type: 'AWS::SNS::Topic', Properties: { DisplayName } })
const body = (Resources: object, more: object = {}) => JSON.stringify({ Resources, ...more })
const stackOf = async (StackName: string, TemplateBody: string) => {
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody }))
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('CREATE_COMPLETE')
}
const resourcesOf = async (StackName: string) => {
  const { StackResources } = await cfn.send(new DescribeStackResourcesCommand({ StackName }))
  return Object.fromEntries(StackResources!.map((one) => [one.LogicalResourceId, one.PhysicalResourceId]))
}
/** Stacks with their templates, in the order of the definitions. */
const refactor = async (templates: Record<string, string>, more: Partial<CreateStackRefactorCommandInput> = {}) => {
  const StackDefinitions = Object.entries(templates).map(([StackName, TemplateBody]) => ({ StackName, TemplateBody }))
  const { StackRefactorId } = await cfn.send(new CreateStackRefactorCommand({ StackDefinitions, ...more }))
  return StackRefactorId!
}
const described = (StackRefactorId: string) => cfn.send(new DescribeStackRefactorCommand({ StackRefactorId }))
const execute = async (StackRefactorId: string) => {
  await cfn.send(new ExecuteStackRefactorCommand({ StackRefactorId }))
  return described(StackRefactorId)
}
const place = (StackName: string, LogicalResourceId: string) => ({ StackName, LogicalResourceId })

test('resources go to a new stack, and to other logical ids, as they are', async () => {
  await stackOf(
    'mono',
    body({ Jobs: queue(3), Alerts: topic({ 'Fn::GetAtt': ['Jobs', 'QueueName'] }), Stays: queue(9) }),
  )
  const before = await resourcesOf('mono')
  const imported = topic({ 'Fn::ImportValue': 'jobs-name' })
  const id = await refactor(
    {
      mono: body({ Notices: imported, Stays: queue(9) }),
      parts: body(
        { Work: queue(3) },
        { Outputs: { Name: { Value: { 'Fn::GetAtt': ['Work', 'QueueName'] }, Export: { Name: 'jobs-name' } } } },
      ),
    },
    {
      Description: 'in two',
      EnableStackCreation: true,
      ResourceMappings: [{ Source: place('mono', 'Jobs'), Destination: place('parts', 'Work') }],
    },
  )
  const planned = await described(id)
  expect([planned.Status, planned.ExecutionStatus, planned.StatusReason]).toEqual([
    'CREATE_COMPLETE',
    'AVAILABLE',
    undefined,
  ])
  const [mono, parts] = planned.StackIds!
  const { StackRefactorActions } = await cfn.send(new ListStackRefactorActionsCommand({ StackRefactorId: id }))
  expect(StackRefactorActions).toMatchObject([
    { Action: 'CREATE', Entity: 'STACK', PhysicalResourceId: parts },
    {
      Action: 'MOVE',
      Entity: 'RESOURCE',
      Detection: 'AUTO',
      PhysicalResourceId: before.Alerts,
      ResourceMapping: { Source: place(mono!, 'Alerts'), Destination: place(mono!, 'Notices') },
    },
    {
      Action: 'MOVE',
      Entity: 'RESOURCE',
      Detection: 'MANUAL',
      PhysicalResourceId: before.Jobs,
      ResourceMapping: { Source: place(mono!, 'Jobs'), Destination: place(parts!, 'Work') },
    },
  ])
  const first = await cfn.send(new ListStackRefactorActionsCommand({ StackRefactorId: id, MaxResults: 2 }))
  const rest = await cfn.send(
    new ListStackRefactorActionsCommand({ StackRefactorId: id, MaxResults: 2, NextToken: first.NextToken }),
  )
  expect([...first.StackRefactorActions!, ...rest.StackRefactorActions!]).toEqual(StackRefactorActions)
  expect(await resourcesOf('mono')).toEqual(before)

  // What was planned is carried out by a node that has been started anew.
  await node.restart()
  cfn = node.client(CloudFormationClient)
  const queueUrl = () => new URL(new URL(before.Jobs!).pathname, node.endpoint).href
  const attributes = async () =>
    (
      await node
        .client(SQSClient)
        .send(new GetQueueAttributesCommand({ QueueUrl: queueUrl(), AttributeNames: ['All'] }))
    ).Attributes
  const there = await attributes()
  expect((await execute(id)).ExecutionStatus).toBe('EXECUTE_COMPLETE')
  expect(await attributes()).toEqual(there)
  expect(await resourcesOf('mono')).toEqual({ Notices: before.Alerts, Stays: before.Stays })
  expect(await resourcesOf('parts')).toEqual({ Work: before.Jobs })
  expect((await describeStack(cfn, 'mono')).StackStatus).toBe('UPDATE_COMPLETE')
  expect(await describeStack(cfn, 'parts')).toMatchObject({ StackStatus: 'CREATE_COMPLETE', StackId: parts })
  expect((await cfn.send(new ListExportsCommand({}))).Exports).toMatchObject([{ Name: 'jobs-name' }])
  expect((await cfn.send(new ListImportsCommand({ ExportName: 'jobs-name' }))).Imports).toEqual(['mono'])
  const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName: 'parts' }))
  expect(StackEvents!.map((one) => `${one.LogicalResourceId} ${one.ResourceStatus}`).reverse()).toEqual([
    'parts CREATE_IN_PROGRESS',
    'Work IMPORT_IN_PROGRESS',
    'Work IMPORT_COMPLETE',
    'parts CREATE_COMPLETE',
  ])
  await expect(cfn.send(new ExecuteStackRefactorCommand({ StackRefactorId: id }))).rejects.toThrow('EXECUTE_COMPLETE')

  // Both go on as stacks do: an update finds nothing to do, and a deletion takes what is now its own.
  const again = body({ Notices: imported, Stays: queue(9) })
  await expect(cfn.send(new UpdateStackCommand({ StackName: 'mono', TemplateBody: again }))).rejects.toThrow(
    'No updates are to be performed.',
  )
  await expect(cfn.send(new DeleteStackCommand({ StackName: 'parts' }))).rejects.toThrow('in use by mono')
  await cfn.send(new DeleteStackCommand({ StackName: 'mono' }))
  await settled(mono!)
  expect(await attributes()).toEqual(there)
  await cfn.send(new DeleteStackCommand({ StackName: 'parts' }))
  await settled(parts!)
  await expect(attributes()).rejects.toThrow('does not exist')
})

const settled = async (id: string) => expect((await settledStack(cfn, id)).StackStatus).toBe('DELETE_COMPLETE')

test('two change places, and an export goes to another stack while a third uses it', async () => {
  const exporting = (value: object) => ({ Outputs: { Out: { Value: value, Export: { Name: 'shared-name' } } } })
  await stackOf(
    'left',
    body({ A: queue(1), B: queue(2), More: queue(5) }, exporting({ 'Fn::GetAtt': ['A', 'QueueName'] })),
  )
  await stackOf('right', body({ C: queue(4) }))
  await stackOf('user', body({ T: topic({ 'Fn::ImportValue': 'shared-name' }) }))
  const before = await resourcesOf('left')
  const id = await refactor(
    {
      left: body({ A: queue(2), More: queue(5) }),
      right: body({ A: queue(1), C: queue(4) }, exporting({ 'Fn::GetAtt': ['A', 'QueueName'] })),
    },
    {
      ResourceMappings: [
        { Source: place('left', 'A'), Destination: place('right', 'A') },
        { Source: place('left', 'B'), Destination: place('left', 'A') },
      ],
    },
  )
  expect((await described(id)).StatusReason).toBeUndefined()
  expect((await execute(id)).ExecutionStatus).toBe('EXECUTE_COMPLETE')
  expect(await resourcesOf('left')).toEqual({ A: before.B, More: before.More })
  expect((await resourcesOf('right')).A).toBe(before.A)
  const right = await describeStack(cfn, 'right')
  expect((await cfn.send(new ListExportsCommand({}))).Exports).toMatchObject([
    { Name: 'shared-name', ExportingStackId: right.StackId },
  ])
})

test('what is no mere move makes a refactor that has failed, with the reason', async () => {
  await stackOf('whole', body({ A: queue(1), B: queue(2), Twin: queue(7), Other: queue(7) }))
  const whole = (await describeStack(cfn, 'whole')).StackId!
  const rest = { B: queue(2), Twin: queue(7), Other: queue(7) }
  const reasonFor = async (templates: Record<string, string>, more = {}) => {
    const found = await described(await refactor(templates, { EnableStackCreation: true, ...more }))
    expect([found.Status, found.ExecutionStatus]).toEqual(['CREATE_FAILED', 'UNAVAILABLE'])
    return found.StatusReason
  }
  const map = (from: string, to: string) => ({
    ResourceMappings: [{ Source: place('whole', from), Destination: place('fresh', to) }],
  })
  expect(await reasonFor({ whole: body(rest), fresh: body({ A: queue(5) }) }, map('A', 'A'))).toBe(
    `Resource A in stack ${whole} does not match the destination resource's properties.`,
  )
  expect(
    await reasonFor({ whole: body({ A: queue(1), ...rest }), fresh: body({ A: queue(1) }) }, map('A', 'A')),
  ).toContain('The resource A defined in the resource mappings did not move from its original stack whole')
  expect(await reasonFor({ whole: body(rest) })).toContain('Resource A')
  expect(await reasonFor({ whole: body({ A: queue(1), ...rest, New: queue(8) }) })).toContain('Resource New')
  const twins = { whole: body({ A: queue(1), B: queue(2) }), fresh: body({ One: queue(7), Two: queue(7) }) }
  expect(await reasonFor(twins)).toContain('name both in ResourceMappings')
  const withCondition = body({ A: queue(1) }, { Conditions: { C: { 'Fn::Equals': ['a', 'a'] } } })
  expect(await reasonFor({ whole: body(rest), fresh: withCondition })).toMatch(
    /stack\/fresh\/.*: Following template sections are not allowed when creating a stack while refactoring: Conditions$/,
  )
  expect(await reasonFor({ whole: body({ A: queue(1), ...rest }, { Mappings: { M: { a: { b: 'c' } } } }) })).toContain(
    'mappings: M',
  )
  await stackOf('cdk', body({ A: queue(1), CDKMetadata: { Type: 'AWS::CDK::Metadata' } }))
  const moved = { cdk: body({ A: queue(1) }), fresh: body({ CDKMetadata: { Type: 'AWS::CDK::Metadata' } }) }
  expect(await reasonFor(moved)).toBe('Stack Refactor does not support AWS::CDK::Metadata.')
  expect(await resourcesOf('whole')).toHaveProperty('A')
})

test('an update of one of its stacks makes a refactor obsolete', async () => {
  await stackOf('moving', body({ A: queue(1), B: queue(2) }))
  const id = await refactor({ moving: body({ Renamed: queue(1), B: queue(2) }) })
  expect((await described(id)).ExecutionStatus).toBe('AVAILABLE')
  await cfn.send(new UpdateStackCommand({ StackName: 'moving', TemplateBody: body({ A: queue(1), B: queue(3) }) }))
  await settledStack(cfn, 'moving')
  const { StackId } = await describeStack(cfn, 'moving')
  expect(await described(id)).toMatchObject({
    ExecutionStatus: 'OBSOLETE',
    ExecutionStatusReason: `${StackId}: Stack was updated.`,
  })
  await expect(execute(id)).rejects.toThrow('OBSOLETE')
  const list = async (more: object) => cfn.send(new ListStackRefactorsCommand(more))
  const { StackRefactorSummaries } = await list({ ExecutionStatusFilter: ['OBSOLETE'] })
  expect(StackRefactorSummaries!.map((one) => one.StackRefactorId)).toEqual([id])
  const all = (await list({})).StackRefactorSummaries!
  const { NextToken, ...head } = await list({ MaxResults: 2 })
  const tail = await list({ NextToken })
  expect([...head.StackRefactorSummaries!, ...tail.StackRefactorSummaries!]).toEqual(all)
  expect(all[0]?.StackRefactorId).toBe(id)
})

test('wrong requests are refused, and so are callers without permission', async () => {
  const none = { StackRefactorId: 'none' }
  await expect(described('none')).rejects.toMatchObject({ name: 'StackRefactorNotFoundException' })
  await expect(cfn.send(new ListStackRefactorActionsCommand(none))).rejects.toMatchObject({
    name: 'StackRefactorNotFoundException',
  })
  await expect(cfn.send(new ListStackRefactorsCommand({ NextToken: 'x' }))).rejects.toThrow('NextToken')
  await expect(refactor({ nowhere: body({ A: queue(1) }) })).rejects.toThrow('Stack [nowhere] does not exist')
  await expect(refactor({})).rejects.toThrow('from 1 to 5')
  await expect(
    refactor(
      { moving: body({ A: queue(1) }) },
      { ResourceMappings: [{ Source: place('elsewhere', 'A'), Destination: place('moving', 'A') }] },
    ),
  ).rejects.toThrow('elsewhere')

  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'mover' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'mover' }))
  const Statement = { Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' }
  const Deny = {
    Effect: 'Deny',
    Action: ['cloudformation:CreateStackRefactor', 'cloudformation:ExecuteStackRefactor'],
    Resource: 'arn:aws:cloudformation:*:*:stack/moving/*',
  }
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'mover',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [Statement, Deny] }),
    }),
  )
  const mover = node.client(CloudFormationClient, {
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  })
  const id = await refactor({ moving: body({ Renamed: queue(1), B: queue(3) }) })
  await expect(mover.send(new ExecuteStackRefactorCommand({ StackRefactorId: id }))).rejects.toThrow('not authorized')
  const StackDefinitions = ['right', 'moving'].map((StackName) => ({ StackName, TemplateBody: body({ A: queue(1) }) }))
  await expect(mover.send(new CreateStackRefactorCommand({ StackDefinitions }))).rejects.toThrow('not authorized')
  expect((await described(id)).ExecutionStatus).toBe('AVAILABLE')
})

test('refactors are forgotten after three months', async () => {
  const TemplateBody = JSON.stringify({ Resources: { Left: { Type: 'AWS::SQS::Queue' } } })
  await cfn.send(new CreateStackCommand({ StackName: 'aged', TemplateBody }))
  await settledStack(cfn, 'aged')
  const renamed = JSON.stringify({ Resources: { Right: { Type: 'AWS::SQS::Queue' } } })
  const make = () =>
    cfn.send(new CreateStackRefactorCommand({ StackDefinitions: [{ StackName: 'aged', TemplateBody: renamed }] }))
  const { StackRefactorId: old } = await make()
  node.clock.advance(91 * 24 * 3_600_000)
  const { StackRefactorId } = await make()
  await expect(cfn.send(new DescribeStackRefactorCommand({ StackRefactorId: old }))).rejects.toMatchObject({
    name: 'StackRefactorNotFoundException',
  })
  const { StackRefactorSummaries } = await cfn.send(new ListStackRefactorsCommand({}))
  expect(StackRefactorSummaries!.map((one) => one.StackRefactorId)).toEqual([StackRefactorId])
  await cfn.send(new ExecuteStackRefactorCommand({ StackRefactorId }))
})
