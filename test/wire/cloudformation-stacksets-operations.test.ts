import {
  CloudFormationClient,
  CreateStackCommand,
  CreateStackInstancesCommand,
  type CreateStackInstancesCommandInput,
  CreateStackSetCommand,
  DeleteStackInstancesCommand,
  DescribeOrganizationsAccessCommand,
  DescribeStackInstanceCommand,
  DescribeStackSetCommand,
  DescribeStackSetOperationCommand,
  DetectStackSetDriftCommand,
  ImportStacksToStackSetCommand,
  ListStackInstanceResourceDriftsCommand,
  ListStackInstancesCommand,
  ListStackSetAutoDeploymentTargetsCommand,
  ListStackSetOperationResultsCommand,
  StopStackSetOperationCommand,
  UpdateStackInstancesCommand,
  UpdateStackSetCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  DeleteFunctionCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ListQueuesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import {
  account,
  administrationRole,
  administrator,
  ended,
  executionRole,
  role,
  tell,
} from './cloudformation-stacksets-support.ts'
import { makeFunction, makeRole } from './lambda-support.ts'
import { settledStack } from './stack-support.ts'

const other = '111111111111'
const [home, west] = ['us-east-1', 'eu-west-1']
let node: TestNode
let cfn: CloudFormationClient
let iam: IAMClient
beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  cfn = node.client(CloudFormationClient)
  iam = node.client(IAMClient)
  await administrationRole(iam)
  await executionRole(iam)
  await role(iam, 'Feeble', { AWS: `arn:aws:iam::${account}:role/${administrator}` }, ['cloudformation:*'])
})
afterAll(() => node.close())

const queue = (QueueName: string) =>
  JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName, DelaySeconds: 3 } } } })
/** Its stacks are not complete before they are told. */
const waiting = JSON.stringify({
  Parameters: { Word: { Type: 'String', Default: 'a' } },
  Resources: {
    Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
    Told: { Type: 'AWS::CloudFormation::WaitCondition', Properties: { Handle: { Ref: 'Handle' }, Timeout: '3600' } },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { Tags: [{ Key: 'word', Value: { Ref: 'Word' } }] } },
  },
})
const make = (StackSetName: string, TemplateBody: string, more: object = {}) =>
  cfn.send(new CreateStackSetCommand({ StackSetName, TemplateBody, ...more }))
const deploy = async (StackSetName: string, more: Partial<CreateStackInstancesCommandInput> = {}) =>
  (
    await cfn.send(
      new CreateStackInstancesCommand({ StackSetName, Accounts: [account], Regions: [home, west], ...more }),
    )
  ).OperationId
const instances = async (StackSetName: string) => {
  const { Summaries } = await cfn.send(new ListStackInstancesCommand({ StackSetName }))
  return Summaries!.map(
    ({ Account, Region, Status, StackInstanceStatus }) =>
      `${Account} ${Region} ${Status} ${StackInstanceStatus?.DetailedStatus}`,
  )
}

describe('a failure in one Region', () => {
  beforeAll(async () => {
    const sqs = node.client(SQSClient, { region: west })
    await sqs.send(new CreateQueueCommand({ QueueName: 'taken', Attributes: { DelaySeconds: '8' } }))
  })
  const preferences = (FailureToleranceCount: number) => ({ RegionOrder: [west], FailureToleranceCount })

  test('with no tolerance calls off what has not begun', async () => {
    await make('strict', queue('taken'))
    const outcome = await ended(cfn, 'strict', await deploy('strict', { OperationPreferences: preferences(0) }))
    expect(outcome).toEqual({
      status: 'FAILED',
      results: [`${account} ${west} FAILED`, `${account} ${home} CANCELLED`],
      reasons: [
        expect.stringMatching(/^ResourceLogicalId:Queue, ResourceType:AWS::SQS::Queue, ResourceStatusReason:.*exist/),
        'Cancelled since failure tolerance has exceeded',
      ],
    })
    expect(await instances('strict')).toEqual([
      `${account} ${west} OUTDATED FAILED`,
      `${account} ${home} OUTDATED CANCELLED`,
    ])
    // What was called off is done by the next operation; what failed left no stack and has none to delete.
    const all = { Accounts: [account], RetainStacks: false, StackSetName: 'strict' }
    const { OperationId } = await cfn.send(new DeleteStackInstancesCommand({ ...all, Regions: [home, west] }))
    expect(await ended(cfn, 'strict', OperationId)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await instances('strict')).toEqual([])
  })

  test('with tolerance for one goes on', async () => {
    await make('lenient', queue('taken'))
    const outcome = await ended(cfn, 'lenient', await deploy('lenient', { OperationPreferences: preferences(1) }))
    expect(outcome).toMatchObject({
      status: 'SUCCEEDED',
      results: [`${account} ${west} FAILED`, `${account} ${home} SUCCEEDED`],
    })
    const filter = [{ Name: 'OPERATION_RESULT_STATUS' as const, Values: 'FAILED' }]
    const found = await cfn.send(
      new ListStackSetOperationResultsCommand({
        StackSetName: 'lenient',
        OperationId: (
          await cfn.send(
            new DescribeStackInstanceCommand({
              StackSetName: 'lenient',
              StackInstanceAccount: account,
              StackInstanceRegion: west,
            }),
          )
        ).StackInstance!.LastOperationId,
        Filters: filter,
      }),
    )
    expect(found.Summaries!.map(({ Region }) => Region)).toEqual([west])
  })
})

describe('roles', () => {
  test('an account without the execution role fails alone', async () => {
    await make('accounts', queue('accounts'))
    const outcome = await ended(
      cfn,
      'accounts',
      await deploy('accounts', {
        Accounts: [other, account],
        Regions: [home],
        OperationPreferences: { FailureTolerancePercentage: 50, MaxConcurrentPercentage: 100 },
      }),
    )
    expect(outcome).toEqual({
      status: 'SUCCEEDED',
      results: [`${account} ${home} SUCCEEDED`, `${other} ${home} FAILED`],
      reasons: [
        `Account ${other} should have 'AWSCloudFormationStackSetExecutionRole' role with trust relationship to Role '${administrator}'.`,
      ],
    })
  })

  test('an administration role that is not there, or does not trust CloudFormation, is told of', async () => {
    await make('nobody', queue('nobody'), { AdministrationRoleARN: `arn:aws:iam::${account}:role/Feeble` })
    expect(await ended(cfn, 'nobody', await deploy('nobody', { Regions: [home] }))).toMatchObject({
      status: 'FAILED',
      reasons: [`Account ${account} should have 'Feeble' role with trust relationship to CloudFormation service.`],
    })
  })

  test('stacks can do no more than the execution role', async () => {
    await make('feeble', queue('feeble'), { ExecutionRoleName: 'Feeble' })
    expect(await ended(cfn, 'feeble', await deploy('feeble', { Regions: [home] }))).toMatchObject({
      status: 'FAILED',
      reasons: [expect.stringMatching(/ResourceLogicalId:Queue.*not authorized to perform: sqs:/i)],
    })
    const { QueueUrls = [] } = await node.client(SQSClient).send(new ListQueuesCommand({ QueueNamePrefix: 'feeble' }))
    expect(QueueUrls).toEqual([])
  })

  test('who may not pass the administration role, or tag, makes no set with it', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'ann' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
    const Statement = [{ Effect: 'Allow', Action: ['cloudformation:*StackSet*'], Resource: '*' }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'sets', PolicyDocument }))
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    const ann = node.client(CloudFormationClient, { credentials })
    const given = { StackSetName: 'anns', TemplateBody: queue('anns') }
    const AdministrationRoleARN = `arn:aws:iam::${account}:role/${administrator}`
    for (const more of [{ AdministrationRoleARN }, { Tags: [{ Key: 'team', Value: 'a' }] }])
      await expect(ann.send(new CreateStackSetCommand({ ...given, ...more }))).rejects.toMatchObject({
        name: 'AccessDenied',
      })
    await ann.send(new CreateStackSetCommand(given))
    await expect(
      ann.send(new CreateStackInstancesCommand({ StackSetName: 'anns', Accounts: [account], Regions: [home] })),
    ).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})

describe('operations one after another', () => {
  test('one that is stopped ends what it had begun; meanwhile there is no other', async () => {
    await make('stopped', waiting)
    const OperationId = await deploy('stopped', { OperationId: 'first' })
    expect(OperationId).toBe('first')
    // The same request again is the same operation, another one of that id is refused.
    expect(await deploy('stopped', { OperationId })).toBe('first')
    await expect(deploy('stopped', { OperationId, Regions: [home] })).rejects.toMatchObject({
      name: 'OperationIdAlreadyExistsException',
    })
    await expect(deploy('stopped')).rejects.toMatchObject({ name: 'OperationInProgressException' })
    await expect
      .poll(async () => await instances('stopped'))
      .toEqual([`${account} ${west} OUTDATED PENDING`, `${account} ${home} OUTDATED RUNNING`])
    await cfn.send(new StopStackSetOperationCommand({ StackSetName: 'stopped', OperationId }))
    const now = await cfn.send(new DescribeStackSetOperationCommand({ StackSetName: 'stopped', OperationId }))
    expect(now.StackSetOperation!.Status).toBe('STOPPING')
    await tell(node.endpoint, cfn, 'stopped', home)
    expect(await ended(cfn, 'stopped', OperationId)).toMatchObject({
      status: 'STOPPED',
      results: [`${account} ${home} SUCCEEDED`, `${account} ${west} CANCELLED`],
    })
    await expect(
      cfn.send(new StopStackSetOperationCommand({ StackSetName: 'stopped', OperationId })),
    ).rejects.toMatchObject({ name: 'InvalidOperationException' })
    await ended(
      cfn,
      'stopped',
      (await cfn.send(new DetectStackSetDriftCommand({ StackSetName: 'stopped' }))).OperationId,
    )
    await expect(deploy('stopped', { OperationId })).rejects.toMatchObject({ name: 'StaleRequestException' })
  })

  test('managed execution queues them', async () => {
    await make('managed', waiting, { ManagedExecution: { Active: true } })
    const first = await deploy('managed', { Regions: [home] })
    const over = { StackSetName: 'managed', Accounts: [account], Regions: [home] }
    const ParameterOverrides = [{ ParameterKey: 'Word', ParameterValue: 'b' }]
    const { OperationId: second } = await cfn.send(new UpdateStackInstancesCommand({ ...over, ParameterOverrides }))
    const third = await deploy('managed', { Regions: [west] })
    const fourth = await deploy('managed', { Regions: ['eu-north-1'] })
    const status = async (OperationId: string | undefined) =>
      (await cfn.send(new DescribeStackSetOperationCommand({ StackSetName: 'managed', OperationId })))
        .StackSetOperation!.Status
    expect(await Promise.all([first, second, third].map(status))).toEqual(['RUNNING', 'QUEUED', 'QUEUED'])
    const setting = { StackSetName: 'managed', UsePreviousTemplate: true, ManagedExecution: { Active: false } }
    await expect(cfn.send(new UpdateStackSetCommand(setting))).rejects.toMatchObject({
      name: 'InvalidOperationException',
    })
    await cfn.send(new StopStackSetOperationCommand({ StackSetName: 'managed', OperationId: fourth }))
    expect(await status(fourth)).toBe('STOPPED')
    await tell(node.endpoint, cfn, 'managed', home)
    expect(await ended(cfn, 'managed', first)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await ended(cfn, 'managed', second)).toMatchObject({ status: 'SUCCEEDED' })
    await tell(node.endpoint, cfn, 'managed', west)
    expect(await ended(cfn, 'managed', third)).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('an update that waited for a deletion does not bring what is deleted back', async () => {
    await make('shrinking', waiting, { ManagedExecution: { Active: true } })
    const first = await deploy('shrinking', { Regions: [home] })
    const over = { StackSetName: 'shrinking', Accounts: [account], Regions: [home] }
    const gone = await cfn.send(new DeleteStackInstancesCommand({ ...over, RetainStacks: false }))
    const setting = { StackSetName: 'shrinking', UsePreviousTemplate: true }
    const { OperationId: update } = await cfn.send(new UpdateStackSetCommand(setting))
    await tell(node.endpoint, cfn, 'shrinking', home)
    expect(await ended(cfn, 'shrinking', first)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await ended(cfn, 'shrinking', gone.OperationId)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await ended(cfn, 'shrinking', update)).toEqual({
      status: 'SUCCEEDED',
      results: [`${account} ${home} CANCELLED`],
      reasons: ['Cancelled since the stack instance was deleted'],
    })
    expect(await instances('shrinking')).toEqual([])
  })

  test('an update with the previous template never takes back what another has made of it', async () => {
    await make('contended', queue('contended'), { ManagedExecution: { Active: true } })
    for (let round = 0; round < 5; round++) {
      const TemplateBody = queue(`contended-${round}`)
      const given = { StackSetName: 'contended' }
      await Promise.allSettled([
        cfn.send(new UpdateStackSetCommand({ ...given, UsePreviousTemplate: true })),
        cfn.send(new UpdateStackSetCommand({ ...given, TemplateBody })),
        cfn.send(new UpdateStackSetCommand({ ...given, UsePreviousTemplate: true })),
      ]).then((all) => expect(all[1]).toMatchObject({ status: 'fulfilled' }))
      const { StackSet } = await cfn.send(new DescribeStackSetCommand(given))
      expect(StackSet!.TemplateBody).toBe(TemplateBody)
    }
  })
})

test('drift is found by Region, and told by resource', async () => {
  await make('drifting', queue('drifting'))
  await ended(
    cfn,
    'drifting',
    await deploy('drifting', { OperationPreferences: { RegionConcurrencyType: 'PARALLEL' } }),
  )
  const QueueUrl = `${node.endpoint}/${account}/drifting`
  const sqs = node.client(SQSClient, { region: west })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '77' } }))
  const { OperationId } = await cfn.send(new DetectStackSetDriftCommand({ StackSetName: 'drifting' }))
  expect(await ended(cfn, 'drifting', OperationId)).toMatchObject({ status: 'SUCCEEDED' })
  const { StackSet } = await cfn.send(new DescribeStackSetCommand({ StackSetName: 'drifting' }))
  expect(StackSet!.StackSetDriftDetectionDetails).toMatchObject({
    DriftStatus: 'DRIFTED',
    DriftDetectionStatus: 'COMPLETED',
    TotalStackInstancesCount: 2,
    DriftedStackInstancesCount: 1,
    InSyncStackInstancesCount: 1,
    FailedStackInstancesCount: 0,
  })
  const Filters = [{ Name: 'DRIFT_STATUS' as const, Values: 'DRIFTED' }]
  const listed = await cfn.send(new ListStackInstancesCommand({ StackSetName: 'drifting', Filters }))
  expect(listed.Summaries!.map(({ Region }) => Region)).toEqual([west])
  const where = { StackSetName: 'drifting', StackInstanceAccount: account, StackInstanceRegion: west, OperationId }
  const { Summaries } = await cfn.send(new ListStackInstanceResourceDriftsCommand(where))
  expect(Summaries).toMatchObject([
    {
      LogicalResourceId: 'Queue',
      StackResourceDriftStatus: 'MODIFIED',
      PropertyDifferences: [{ PropertyPath: '/DelaySeconds', ExpectedValue: '3', ActualValue: '77' }],
    },
  ])
})

test('stacks that there are become those of a set made of one', async () => {
  const eu = node.client(CloudFormationClient, { region: west })
  const { StackId } = await cfn.send(new CreateStackCommand({ StackName: 'was-here', TemplateBody: queue('was-here') }))
  const { StackId: foreign } = await eu.send(new CreateStackCommand({ StackName: 'odd', TemplateBody: queue('odd') }))
  await settledStack(cfn, 'was-here')
  await settledStack(eu, 'odd')
  await cfn.send(new CreateStackSetCommand({ StackSetName: 'importing', StackId }))
  const given = { StackSetName: 'importing', OperationPreferences: { FailureToleranceCount: 1 } }
  const { OperationId } = await cfn.send(
    new ImportStacksToStackSetCommand({ ...given, StackIds: [StackId!, foreign!] }),
  )
  expect(await ended(cfn, 'importing', OperationId)).toEqual({
    status: 'SUCCEEDED',
    results: [`${account} ${home} SUCCEEDED`, `${account} ${west} FAILED`],
    reasons: [`The template of stack ${foreign} is not that of StackSet importing.`],
  })
  expect(await instances('importing')).toEqual([
    `${account} ${west} INOPERABLE FAILED_IMPORT`,
    `${account} ${home} CURRENT SUCCEEDED`,
  ])
  // It is updated with the set from here on.
  const TemplateBody = queue('was-here').replace('3', '4')
  const update = await cfn.send(new UpdateStackSetCommand({ StackSetName: 'importing', TemplateBody }))
  expect(await ended(cfn, 'importing', update.OperationId)).toMatchObject({ results: [`${account} ${home} SUCCEEDED`] })
  expect((await settledStack(cfn, 'was-here')).StackStatus).toBe('UPDATE_COMPLETE')
  await cfn.send(new CreateStackSetCommand({ StackSetName: 'second', StackId }))
  const again = await cfn.send(new ImportStacksToStackSetCommand({ StackSetName: 'second', StackIds: [StackId!] }))
  expect(await ended(cfn, 'second', again.OperationId)).toMatchObject({
    status: 'FAILED',
    reasons: [expect.stringContaining('is already associated with StackSet')],
  })
})

test('of two sets that take over one stack, one has it', async () => {
  const { StackId } = await cfn.send(new CreateStackCommand({ StackName: 'wanted', TemplateBody: queue('wanted') }))
  await settledStack(cfn, 'wanted')
  const sets = ['left', 'right', 'middle']
  for (const StackSetName of sets) await make(StackSetName, queue('wanted'))
  const begun = await Promise.all(
    sets.map((StackSetName) => cfn.send(new ImportStacksToStackSetCommand({ StackSetName, StackIds: [StackId!] }))),
  )
  const all = await Promise.all(sets.map((name, index) => ended(cfn, name, begun[index]!.OperationId)))
  expect(all.map(({ status }) => status).sort()).toEqual(['FAILED', 'FAILED', 'SUCCEEDED'])
})

test('what needs Organizations is refused, and what there is without it is told', async () => {
  const managed = { PermissionModel: 'SERVICE_MANAGED' as const, AutoDeployment: { Enabled: true } }
  await expect(make('managed-by-service', queue('q'), managed)).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'You must enable organizations access to operate a service managed stack set',
  })
  expect((await cfn.send(new DescribeOrganizationsAccessCommand({}))).Status).toBe('DISABLED')
  await make('plain', queue('plain'))
  const DeploymentTargets = { OrganizationalUnitIds: ['ou-abcd-12345678'] }
  const units = { StackSetName: 'plain', Regions: [home], DeploymentTargets }
  await expect(cfn.send(new CreateStackInstancesCommand(units))).rejects.toMatchObject({ name: 'ValidationError' })
  const targets = await cfn.send(new ListStackSetAutoDeploymentTargetsCommand({ StackSetName: 'plain' }))
  expect(targets.Summaries).toEqual([])
})

test.each<[string, () => Promise<unknown>, string]>([
  ['a template that is none', () => make('bad', '{}'), 'ValidationError'],
  [
    'a parameter that there is not',
    () => make('bad', queue('q'), { Parameters: [{ ParameterKey: 'No', ParameterValue: 'x' }] }),
    'ValidationError',
  ],
  ['a name that is none', () => make('0bad', queue('q')), 'ValidationError'],
  [
    'both tolerances',
    () => deploy('plain', { OperationPreferences: { FailureToleranceCount: 1, FailureTolerancePercentage: 5 } }),
    'ValidationError',
  ],
  [
    'an override of what there is not',
    () => deploy('plain', { ParameterOverrides: [{ ParameterKey: 'No', ParameterValue: 'x' }] }),
    'ValidationError',
  ],
  ['a set that there is not', () => deploy('none'), 'StackSetNotFoundException'],
  ['an account that is none', () => deploy('plain', { Accounts: ['12'] }), 'ValidationError'],
  [
    'too many instances',
    () =>
      deploy('plain', {
        Accounts: Array.from({ length: 2_001 }, (_, n) => String(100_000_000_000 + n)),
        Regions: [home],
      }),
    'LimitExceededException',
  ],
  [
    'an instance that there is not',
    () => cfn.send(new UpdateStackInstancesCommand({ StackSetName: 'plain', Accounts: [account], Regions: [home] })),
    'StackInstanceNotFoundException',
  ],
  [
    'an operation that there is not',
    () => cfn.send(new StopStackSetOperationCommand({ StackSetName: 'plain', OperationId: 'none' })),
    'OperationNotFoundException',
  ],
])('%s is refused', async (_, tried, name) => {
  await expect(tried()).rejects.toMatchObject({ name })
})

test('the gate of an account is asked before an operation begins there, and what it does not let through fails', async () => {
  const lambda = node.client(LambdaClient)
  const set = { StackSetName: 'gated' }
  await cfn.send(new CreateStackSetCommand({ ...set, TemplateBody: queue('gated') }))
  const gateOf = async (OperationId: string | undefined) => {
    const { Summaries } = await cfn.send(new ListStackSetOperationResultsCommand({ ...set, OperationId }))
    return Summaries!.map(({ Status, StatusReason, AccountGateResult: gate }) => [Status, StatusReason, gate])
  }
  const name = 'AWSCloudFormationStackSetAccountGate'
  const instances = { ...set, Accounts: [account], Regions: [home!] }
  await makeFunction(
    lambda,
    name,
    await makeRole(node, 'gate', []),
    "exports.handler = async () => ({ Status: process.env.SAYS ?? 'FAILED' })",
  )
  const shut = await cfn.send(new CreateStackInstancesCommand(instances))
  expect((await ended(cfn, 'gated', shut.OperationId)).status).toBe('FAILED')
  expect(await gateOf(shut.OperationId)).toEqual([
    ['FAILED', 'Account gate check failed', { Status: 'FAILED', StatusReason: expect.stringContaining('SUCCEEDED') }],
  ])
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables: { SAYS: 'SUCCEEDED' } } }),
  )
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 30 }, { FunctionName: name })
  const open = await cfn.send(new CreateStackInstancesCommand(instances))
  expect((await ended(cfn, 'gated', open.OperationId)).status).toBe('SUCCEEDED')
  expect(await gateOf(open.OperationId)).toEqual([['SUCCEEDED', undefined, { Status: 'SUCCEEDED' }]])
  await lambda.send(new DeleteFunctionCommand({ FunctionName: name }))
  const gone = await cfn.send(new DeleteStackInstancesCommand({ ...instances, RetainStacks: false }))
  expect((await ended(cfn, 'gated', gone.OperationId)).status).toBe('SUCCEEDED')
  const StatusReason = `Function not found: arn:aws:lambda:${home}:${account}:function:${name}`
  expect(await gateOf(gone.OperationId)).toEqual([['SUCCEEDED', undefined, { Status: 'SKIPPED', StatusReason }]])
})
