import {
  BatchDescribeTypeConfigurationsCommand,
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetHooksCommand,
  DescribeEventsCommand,
  type DescribeEventsCommandInput,
  DescribePublisherCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  DescribeTypeRegistrationCommand,
  GetHookResultCommand,
  ListHookResultsCommand,
  ListStacksCommand,
  ListTypeRegistrationsCommand,
  ListTypeVersionsCommand,
  paginateDescribeEvents,
  RegisterTypeCommand,
  RemoveAliasCommand,
  RollbackStackCommand,
  SetAliasCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
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

const queue = (Properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties })
const body = (Resources: object) => JSON.stringify({ Resources })
const eventsOf = async (input: DescribeEventsCommandInput) => {
  const found = []
  for await (const { OperationEvents } of paginateDescribeEvents({ client: cfn }, input))
    found.push(...OperationEvents!)
  return found
}
const lines = async (input: DescribeEventsCommandInput) =>
  (await eventsOf(input)).map((one) => `${one.EventType} ${one.LogicalResourceId} ${one.ResourceStatus}`).reverse()

test('what happened to a stack is told by operation', async () => {
  const made = await cfn.send(new CreateStackCommand({ StackName: 'told', TemplateBody: body({ Q: queue() }) }))
  await settledStack(cfn, 'told')
  const update = new UpdateStackCommand({ StackName: 'told', TemplateBody: body({ Q: queue({ DelaySeconds: 3 }) }) })
  const updated = await cfn.send(update)
  await settledStack(cfn, 'told')
  expect(await lines({ OperationId: made.OperationId })).toEqual([
    'STACK_EVENT told CREATE_IN_PROGRESS',
    'PROGRESS_EVENT Q CREATE_IN_PROGRESS',
    'PROGRESS_EVENT Q CREATE_IN_PROGRESS',
    'PROGRESS_EVENT Q CREATE_COMPLETE',
    'STACK_EVENT told CREATE_COMPLETE',
  ])
  const second = await eventsOf({ OperationId: updated.OperationId, StackName: 'told' })
  expect(new Set(second.map((one) => `${one.OperationType} ${one.OperationStatus} ${one.OperationId}`))).toEqual(
    new Set([`UPDATE_STACK SUCCEEDED ${updated.OperationId}`]),
  )
  const all = await eventsOf({ StackName: 'told' })
  expect(all.slice(0, second.length)).toEqual(second)
  expect(all).toHaveLength(second.length + 5)
  const { StackEvents } = await cfn.send(new DescribeStackEventsCommand({ StackName: 'told' }))
  expect(StackEvents!.map((one) => [one.EventId, one.OperationId])).toEqual(
    all.map((one) => [one.EventId, one.OperationId]),
  )
  expect((await describeStack(cfn, 'told')).LastOperations).toEqual([
    { OperationType: 'UPDATE_STACK', OperationId: updated.OperationId },
  ])
})

test('a failure and the rollback that it leads to are two operations', async () => {
  await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'taken', Attributes: { DelaySeconds: '9' } }))
  const TemplateBody = body({ Q: queue({ QueueName: 'taken' }), Fine: queue() })
  const { OperationId, StackId } = await cfn.send(new CreateStackCommand({ StackName: 'failing', TemplateBody }))
  await settledStack(cfn, 'failing')
  const { LastOperations } = await describeStack(cfn, 'failing')
  expect(LastOperations).toMatchObject([{ OperationType: 'ROLLBACK' }, { OperationType: 'CREATE_STACK', OperationId }])
  const failed = await eventsOf({ StackName: 'failing', Filters: { FailedEvents: true } })
  expect(failed).toMatchObject([
    {
      EventType: 'PROVISIONING_ERROR',
      OperationType: 'CREATE_STACK',
      OperationStatus: 'FAILED',
      OperationId,
      StackId,
      LogicalResourceId: 'Q',
      ResourceStatus: 'CREATE_FAILED',
    },
  ])
  const rollback = await eventsOf({ OperationId: LastOperations![0]!.OperationId })
  expect(rollback.at(-1)).toMatchObject({ ResourceStatus: 'ROLLBACK_IN_PROGRESS', OperationStatus: 'SUCCEEDED' })
  expect(rollback[0]).toMatchObject({ ResourceStatus: 'ROLLBACK_COMPLETE', OperationType: 'ROLLBACK' })

  const kept = new CreateStackCommand({ StackName: 'kept', TemplateBody, DisableRollback: true })
  await cfn.send(kept)
  await settledStack(cfn, 'kept')
  const asked = await cfn.send(new RollbackStackCommand({ StackName: 'kept' }))
  await settledStack(cfn, 'kept')
  expect((await eventsOf({ OperationId: asked.OperationId }))[0]).toMatchObject({
    OperationType: 'ROLLBACK',
    OperationStatus: 'SUCCEEDED',
  })
})

test('many events come in pages, also those of a node started anew', async () => {
  const many = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`Q${i}`, queue()]))
  const { OperationId } = await cfn.send(new CreateStackCommand({ StackName: 'many', TemplateBody: body(many) }))
  await settledStack(cfn, 'many')
  await node.restart()
  cfn = node.client(CloudFormationClient)
  const first = await cfn.send(new DescribeEventsCommand({ OperationId }))
  expect(first.OperationEvents).toHaveLength(100)
  expect(new Set((await eventsOf({ OperationId })).map(({ EventId }) => EventId)).size).toBe(212)
  await expect(cfn.send(new DescribeEventsCommand({ OperationId, NextToken: '???' }))).rejects.toThrow('NextToken')
  await expect(cfn.send(new DescribeEventsCommand({}))).rejects.toThrow('must be specified')
  await expect(cfn.send(new DescribeEventsCommand({ OperationId: 'none' }))).rejects.toThrow('does not exist')
  await expect(cfn.send(new DescribeEventsCommand({ StackName: 'told', OperationId }))).rejects.toThrow(
    'does not exist',
  )
})

test('a change set is an operation, and has no hooks', async () => {
  const set = { StackName: 'told', ChangeSetName: 'same' }
  const { Id } = await cfn.send(
    new CreateChangeSetCommand({ ...set, TemplateBody: body({ Q: queue({ DelaySeconds: 3 }) }) }),
  )
  const events = await eventsOf({ ChangeSetName: Id, Filters: { FailedEvents: true } })
  expect(events).toMatchObject([{ OperationType: 'CREATE_CHANGESET', OperationStatus: 'FAILED' }])
  expect(await eventsOf({ OperationId: events[0]?.OperationId })).toEqual(events)
  expect(events[0]?.ResourceStatusReason).toContain("didn't contain changes")
  expect(await cfn.send(new DescribeChangeSetHooksCommand(set))).toMatchObject({
    ChangeSetId: Id,
    Status: 'UNAVAILABLE',
    Hooks: [],
  })
  await expect(cfn.send(new DescribeChangeSetHooksCommand({ ...set, ChangeSetName: 'none' }))).rejects.toMatchObject({
    name: 'ChangeSetNotFoundException',
  })
  expect((await cfn.send(new ListHookResultsCommand({ TargetType: 'CHANGE_SET', TargetId: Id }))).HookResults).toEqual(
    [],
  )
  await expect(cfn.send(new ListHookResultsCommand({ TargetType: 'STACK' }))).rejects.toThrow('together')
  const HookResultId = '59ef501c-0ac4-47c0-a193-e071cabf748d'
  await expect(cfn.send(new GetHookResultCommand({ HookResultId }))).rejects.toMatchObject({
    name: 'HookResultNotFoundException',
  })
})

test('the registry has the types of AWS, in one version, and no extensions', async () => {
  const { TypeVersionSummaries } = await cfn.send(
    new ListTypeVersionsCommand({ Type: 'RESOURCE', TypeName: 'AWS::SQS::Queue' }),
  )
  expect(TypeVersionSummaries).toMatchObject([{ TypeName: 'AWS::SQS::Queue', IsDefaultVersion: true }])
  const registry = { name: 'CFNRegistryException' }
  await expect(
    cfn.send(new ListTypeVersionsCommand({ Type: 'RESOURCE', TypeName: 'My::Own::Type' })),
  ).rejects.toMatchObject(registry)
  expect((await cfn.send(new ListTypeRegistrationsCommand({}))).RegistrationTokenList).toEqual([])
  await expect(cfn.send(new DescribePublisherCommand({}))).rejects.toMatchObject(registry)
  await expect(cfn.send(new DescribeTypeRegistrationCommand({ RegistrationToken: 'a' }))).rejects.toMatchObject(
    registry,
  )
  const TypeConfigurationIdentifiers = [{ Type: 'RESOURCE' as const, TypeName: 'My::Own::Type' }]
  await expect(
    cfn.send(new BatchDescribeTypeConfigurationsCommand({ TypeConfigurationIdentifiers })),
  ).rejects.toMatchObject({ name: 'TypeConfigurationNotFoundException' })
  const register = new RegisterTypeCommand({ TypeName: 'My::Own::Type', SchemaHandlerPackage: 's3://a/b' })
  await expect(cfn.send(register)).rejects.toThrow('custom resource')
})

test('a stack is found by its alias too, as long as it has it', async () => {
  const alias = { StackName: 'told', AliasName: 'second-name' }
  await cfn.send(new SetAliasCommand(alias))
  expect(await describeStack(cfn, 'second-name')).toMatchObject({ StackName: 'told', AliasName: 'second-name' })
  const { Stacks } = await cfn.send(new DescribeStacksCommand({}))
  expect(Stacks!.filter(({ StackName }) => StackName === 'told')).toHaveLength(1)
  expect((await cfn.send(new ListStacksCommand({}))).StackSummaries!.length).toBeGreaterThan(1)
  await expect(cfn.send(new SetAliasCommand({ ...alias, AliasName: 'many' }))).rejects.toMatchObject({
    name: 'AlreadyExistsException',
  })
  await expect(cfn.send(new SetAliasCommand({ ...alias, AliasName: 'third' }))).rejects.toMatchObject({
    name: 'LimitExceededException',
  })
  await expect(cfn.send(new SetAliasCommand({ ...alias, AliasName: '9' }))).rejects.toThrow('aliasName')
  await expect(cfn.send(new RemoveAliasCommand({ AliasName: 'told' }))).rejects.toThrow('does not exist')
  await cfn.send(new RemoveAliasCommand({ AliasName: 'second-name' }))
  await expect(describeStack(cfn, 'second-name')).rejects.toThrow('does not exist')
  await cfn.send(new SetAliasCommand(alias))
  const { StackId } = await describeStack(cfn, 'told')
  await cfn.send(new DeleteStackCommand({ StackName: 'second-name' }))
  await settledStack(cfn, StackId!)
  await expect(describeStack(cfn, 'second-name')).rejects.toThrow('does not exist')
})

test('events of a stack are for those who may see them', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'viewer' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'viewer' }))
  const Resource = 'arn:aws:cloudformation:*:*:stack/many/*'
  const Statement = [{ Effect: 'Allow', Action: 'cloudformation:DescribeEvents', Resource }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'viewer', PolicyName: 'p', PolicyDocument }))
  const viewer = node.client(CloudFormationClient, {
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  })
  const operationOf = async (name: string) => (await describeStack(cfn, name)).LastOperations![0]!.OperationId
  const may = await viewer.send(new DescribeEventsCommand({ OperationId: await operationOf('many') }))
  expect(may.OperationEvents).toHaveLength(100)
  const denied = { name: 'AccessDenied' }
  const other = { OperationId: await operationOf('failing') }
  await expect(viewer.send(new DescribeEventsCommand(other))).rejects.toMatchObject(denied)
  await expect(viewer.send(new DescribeEventsCommand({ StackName: 'failing' }))).rejects.toMatchObject(denied)
})
