import {
  CancelUpdateStackCommand,
  CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ListChangeSetsCommand,
  ListExportsCommand,
  ListImportsCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
  RollbackStackCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, GetQueueUrlCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let cfn: CloudFormationClient
let sqs: SQSClient
let s3: S3Client

beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
  sqs = node.client(SQSClient)
  s3 = node.client(S3Client)
})
afterAll(async () => {
  for (const client of [cfn, sqs, s3]) client.destroy()
  await node.close()
})

const stackOf = async (StackName: string) => (await cfn.send(new DescribeStacksCommand({ StackName }))).Stacks![0]!

/** Waits for the end of whatever the stack is doing. */
async function settled(StackName: string): Promise<string> {
  for (;;) {
    const { StackStatus } = await stackOf(StackName)
    if (!StackStatus!.endsWith('_IN_PROGRESS') || StackStatus === 'REVIEW_IN_PROGRESS') return StackStatus!
    await new Promise(setImmediate)
  }
}
async function create(StackName: string, TemplateBody: string, rest: Partial<CreateStackCommandInput> = {}) {
  const { StackId } = await cfn.send(new CreateStackCommand({ StackName, TemplateBody, ...rest }))
  return [StackId!, await settled(StackId!)] as const
}
async function update(StackName: string, TemplateBody: string, rest: object = {}) {
  await cfn.send(new UpdateStackCommand({ StackName, TemplateBody, ...rest }))
  return settled(StackName)
}
async function remove(StackName: string) {
  const { StackId } = await stackOf(StackName)
  await cfn.send(new DeleteStackCommand({ StackName }))
  return settled(StackId!)
}
async function changeSet(StackName: string, TemplateBody: string, rest: Partial<CreateChangeSetCommandInput> = {}) {
  const { Id } = await cfn.send(
    new CreateChangeSetCommand({ StackName, TemplateBody, ChangeSetName: 'changes', ChangeSetType: 'CREATE', ...rest }),
  )
  return cfn.send(new DescribeChangeSetCommand({ ChangeSetName: Id!, IncludePropertyValues: true }))
}
const events = async (StackName: string) =>
  (await cfn.send(new DescribeStackEventsCommand({ StackName }))).StackEvents!.map(
    ({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) =>
      `${LogicalResourceId} ${ResourceStatus}${ResourceStatusReason ? `: ${ResourceStatusReason}` : ''}`,
  )
const queueAttributes = async (QueueName: string) => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }))
  return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes!
}

const work = `
AWSTemplateFormatVersion: 2010-09-09
Description: work
Parameters:
  Delay: {Type: Number, Default: 5}
  Secret: {Type: String, NoEcho: true, Default: very-secret-value}
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '\${AWS::StackName}-work'
      DelaySeconds: !Ref Delay
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
Outputs:
  Url: {Value: !Ref Work, Export: {Name: !Sub '\${AWS::StackName}:url'}}
  Arn: {Value: !GetAtt Work.Arn}`

describe('a stack', () => {
  test('is made, changed and deleted with what the template says', async () => {
    const [id, status] = await create('life', work, { Tags: [{ Key: 'team', Value: 'x' }] })
    expect(status).toBe('CREATE_COMPLETE')
    const made = await stackOf('life')
    expect(made).toMatchObject({
      StackId: id,
      StackName: 'life',
      Description: 'work',
      Parameters: [
        { ParameterKey: 'Delay', ParameterValue: '5' },
        { ParameterKey: 'Secret', ParameterValue: '****' },
      ],
      Outputs: [
        { OutputKey: 'Url', ExportName: 'life:url' },
        { OutputKey: 'Arn', OutputValue: 'arn:aws:sqs:us-east-1:000000000000:life-work' },
      ],
      Tags: [{ Key: 'team', Value: 'x' }],
    })
    expect(made.CreationTime).toBeInstanceOf(Date)
    const QueueUrl = made.Outputs![0]!.OutputValue!
    expect(await queueAttributes('life-work')).toMatchObject({ DelaySeconds: '5' })
    const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }))
    expect(Tags).toEqual({
      team: 'x',
      'aws:cloudformation:stack-name': 'life',
      'aws:cloudformation:stack-id': id,
      'aws:cloudformation:logical-id': 'Work',
    })
    expect(await update('life', work, { Parameters: [{ ParameterKey: 'Delay', ParameterValue: '9' }] })).toBe(
      'UPDATE_COMPLETE',
    )
    expect(await queueAttributes('life-work')).toMatchObject({ DelaySeconds: '9' })
    expect(await remove('life')).toBe('DELETE_COMPLETE')
    await expect(queueAttributes('life-work')).rejects.toThrow('does not exist')
    await expect(stackOf('life')).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Stack with id life does not exist',
    })
    expect((await stackOf(id)).DeletionTime).toBeInstanceOf(Date)
  })

  test('tells what happened, newest first, a page at a time', async () => {
    const [id] = await create('told', work)
    const lines = await events('told')
    expect(lines.at(-1)).toBe('told CREATE_IN_PROGRESS: User Initiated')
    expect(lines[0]).toBe('told CREATE_COMPLETE')
    expect(lines).toEqual([
      'told CREATE_COMPLETE',
      'Work CREATE_COMPLETE',
      'Work CREATE_IN_PROGRESS: Resource creation Initiated',
      'Work CREATE_IN_PROGRESS',
      'Dead CREATE_COMPLETE',
      'Dead CREATE_IN_PROGRESS: Resource creation Initiated',
      'Dead CREATE_IN_PROGRESS',
      'told CREATE_IN_PROGRESS: User Initiated',
    ])
    for (let i = 0; i < 12; i++)
      await update('told', work, { Parameters: [{ ParameterKey: 'Delay', ParameterValue: `${10 + i}` }] })
    for (let i = 0; i < 15; i++)
      await update('told', work, { Parameters: [{ ParameterKey: 'Delay', ParameterValue: `${30 + i}` }] })
    const ids: string[] = []
    let NextToken: string | undefined
    do {
      const page = await cfn.send(new DescribeStackEventsCommand({ StackName: id, NextToken }))
      ids.push(...page.StackEvents!.map(({ EventId }) => EventId!))
      NextToken = page.NextToken
    } while (NextToken)
    expect(new Set(ids).size).toBe(8 + 27 * 5)
    await remove('told')
  })

  test('that fails is rolled back and says why', async () => {
    const bad = `${work.replace('Resources:', 'Resources:\n  Bad: {Type: AWS::SQS::Queue, DependsOn: Work, Properties: {QueueName: bad, RedrivePolicy: {deadLetterTargetArn: nonsense, maxReceiveCount: 1}}}')}`
    const [, status] = await create('fails', bad)
    expect(status).toBe('ROLLBACK_COMPLETE')
    const lines = await events('fails')
    expect(lines).toContain(
      'fails ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Bad]. Rollback requested by user.',
    )
    expect(lines.find((line) => line.startsWith('Bad CREATE_FAILED'))).toMatch(
      /Resource handler returned message: ".+" \(RequestToken: .+, HandlerErrorCode: \w+\)/,
    )
    await expect(queueAttributes('fails-work')).rejects.toThrow('does not exist')
    await expect(update('fails', work)).rejects.toThrow(/is in ROLLBACK_COMPLETE state and can not be updated\.$/)
    expect(await remove('fails')).toBe('DELETE_COMPLETE')
  })

  test('whose update fails is as it was before', async () => {
    await create('back', work)
    const bad = work
      .replace('Default: 5', 'Default: 7')
      .replace(
        'Outputs:',
        '  Bad: {Type: AWS::SQS::Queue, DependsOn: Work, Properties: {QueueName: bad, RedrivePolicy: {deadLetterTargetArn: nonsense, maxReceiveCount: 1}}}\nOutputs:',
      )
    expect(await update('back', bad)).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await queueAttributes('back-work')).toMatchObject({ DelaySeconds: '5' })
    expect((await stackOf('back')).Parameters![0]).toEqual({ ParameterKey: 'Delay', ParameterValue: '5' })
    const { StackResourceSummaries } = await cfn.send(new ListStackResourcesCommand({ StackName: 'back' }))
    expect(StackResourceSummaries!.map(({ LogicalResourceId }) => LogicalResourceId).sort()).toEqual(['Dead', 'Work'])
    const { TemplateBody } = await cfn.send(new GetTemplateCommand({ StackName: 'back' }))
    expect(TemplateBody).toBe(work)
    await remove('back')
  })

  test('that would not change is not updated', async () => {
    await create('same', work)
    await expect(update('same', work)).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'No updates are to be performed.',
    })
    await expect(create('same', work)).rejects.toMatchObject({
      name: 'AlreadyExistsException',
      message: 'Stack [same] already exists',
    })
    await remove('same')
  })

  test('is protected when it is told to be', async () => {
    await create('safe', work, { EnableTerminationProtection: true })
    await expect(remove('safe')).rejects.toThrow(
      'Stack [safe] cannot be deleted while TerminationProtection is enabled',
    )
    await cfn.send(new UpdateTerminationProtectionCommand({ StackName: 'safe', EnableTerminationProtection: false }))
    expect(await remove('safe')).toBe('DELETE_COMPLETE')
    await cfn.send(new DeleteStackCommand({ StackName: 'never-was' }))
  })

  test('shows its resources', async () => {
    await create('parts', work)
    const { StackResourceDetail } = await cfn.send(
      new DescribeStackResourceCommand({ StackName: 'parts', LogicalResourceId: 'Work' }),
    )
    expect(StackResourceDetail).toMatchObject({ ResourceType: 'AWS::SQS::Queue', ResourceStatus: 'CREATE_COMPLETE' })
    expect(StackResourceDetail!.PhysicalResourceId).toMatch(/parts-work$/)
    const { StackResources } = await cfn.send(new DescribeStackResourcesCommand({ StackName: 'parts' }))
    expect(StackResources!.find(({ LogicalResourceId }) => LogicalResourceId === 'Dead')!.PhysicalResourceId).toMatch(
      /parts-Dead-[A-Z0-9]{12}$/,
    )
    await expect(
      cfn.send(new DescribeStackResourceCommand({ StackName: 'parts', LogicalResourceId: 'X' })),
    ).rejects.toThrow('Resource X does not exist for stack parts')
    const { StackSummaries } = await cfn.send(new ListStacksCommand({ StackStatusFilter: ['CREATE_COMPLETE'] }))
    expect(StackSummaries!.map(({ StackName }) => StackName)).toEqual(['parts'])
    await remove('parts')
  })

  test('takes its template from a bucket, by any of its URLs', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'templates' }))
    await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'a/b c.yml', Body: work }))
    const urls = [
      'https://s3.amazonaws.com/templates/a/b%20c.yml',
      'https://templates.s3.eu-west-1.amazonaws.com/a/b%20c.yml',
      `${node.endpoint}/templates/a/b%20c.yml`,
    ]
    for (const TemplateURL of urls) {
      const { Parameters, Description } = await cfn.send(new ValidateTemplateCommand({ TemplateURL }))
      expect([Description, Parameters!.map(({ ParameterKey, NoEcho }) => [ParameterKey, NoEcho])]).toEqual([
        'work',
        [
          ['Delay', false],
          ['Secret', true],
        ],
      ])
    }
    await expect(
      cfn.send(new ValidateTemplateCommand({ TemplateURL: 'https://s3.amazonaws.com/templates/none' })),
    ).rejects.toThrow(/^S3 error: /)
    await expect(cfn.send(new ValidateTemplateCommand({ TemplateURL: 'https://example.com/a/b' }))).rejects.toThrow(
      'TemplateURL must be a supported URL',
    )
  })
})

describe('a deployment in progress', () => {
  /** Queues one after the other, so that there is time to do something meanwhile. */
  const chain = (count: number, delay: number) =>
    `Resources:\n${Array.from({ length: count }, (_, i) => `  Q${i}: {Type: AWS::SQS::Queue, ${i > 0 ? `DependsOn: Q${i - 1}, ` : ''}Properties: {DelaySeconds: ${delay}}}`).join('\n')}`
  const begun = async (StackName: string, line: string) => {
    while (!(await events(StackName)).includes(line))
      expect((await stackOf(StackName)).StackStatus).toMatch(/_IN_PROGRESS$/)
  }
  const delays = async (StackName: string) => {
    const { StackResources } = await cfn.send(new DescribeStackResourcesCommand({ StackName }))
    const found = new Set<string>()
    for (const { PhysicalResourceId } of StackResources!) {
      const QueueUrl = PhysicalResourceId!
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
      found.add(Attributes!.DelaySeconds!)
    }
    return [...found]
  }

  test('ends when the stack is deleted meanwhile', async () => {
    const { StackId } = await cfn.send(new CreateStackCommand({ StackName: 'gone', TemplateBody: chain(80, 0) }))
    await begun('gone', 'Q3 CREATE_COMPLETE')
    await cfn.send(new DeleteStackCommand({ StackName: 'gone' }))
    await cfn.send(new DeleteStackCommand({ StackName: 'gone' }))
    expect(await settled(StackId!)).toBe('DELETE_COMPLETE')
    const { StackResourceSummaries } = await cfn.send(new ListStackResourcesCommand({ StackName: StackId! }))
    expect(StackResourceSummaries!.length).toBeLessThan(80)
    expect(StackResourceSummaries!.every(({ ResourceStatus }) => ResourceStatus === 'DELETE_COMPLETE')).toBe(true)
  })

  test('is taken back when the update is cancelled', async () => {
    await create('cancelled', chain(80, 0))
    await expect(cfn.send(new CancelUpdateStackCommand({ StackName: 'cancelled' }))).rejects.toThrow(
      'cannot be called from current stack status',
    )
    await cfn.send(new UpdateStackCommand({ StackName: 'cancelled', TemplateBody: chain(80, 1) }))
    await begun('cancelled', 'Q3 UPDATE_COMPLETE')
    await expect(update('cancelled', chain(80, 2))).rejects.toThrow(
      'is in UPDATE_IN_PROGRESS state and can not be updated.',
    )
    await cfn.send(new CancelUpdateStackCommand({ StackName: 'cancelled' }))
    expect(await settled('cancelled')).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await delays('cancelled')).toEqual(['0'])
    await remove('cancelled')
  })

  test('that failed and was kept is rolled back when asked, or mended', async () => {
    const bad =
      'Bad: {Type: AWS::SQS::Queue, DependsOn: Q1, Properties: {QueueName: bad, RedrivePolicy: {deadLetterTargetArn: nonsense, maxReceiveCount: 1}}}'
    await create('kept', chain(2, 0))
    const broken = `${chain(2, 3)}\n  ${bad}`
    expect(await update('kept', broken, { DisableRollback: true })).toBe('UPDATE_FAILED')
    expect(await delays('kept').catch(() => ['3'])).toEqual(['3'])
    await cfn.send(new RollbackStackCommand({ StackName: 'kept' }))
    expect(await settled('kept')).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await delays('kept')).toEqual(['0'])
    expect(await update('kept', broken, { DisableRollback: true })).toBe('UPDATE_FAILED')
    expect(await update('kept', chain(2, 4))).toBe('UPDATE_COMPLETE')
    expect(await delays('kept')).toEqual(['4'])
    await remove('kept')
  })
})

test('a template of a megabyte is read without stalling others, one that is too large is refused', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'large' }))
  const line = (i: number) =>
    `  Q${i}:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Sub '\${AWS::StackName}-${'x'.repeat(1900)}'\n`
  const body = `Resources:\n${Array.from({ length: 490 }, (_, i) => line(i)).join('')}`
  await s3.send(new PutObjectCommand({ Bucket: 'large', Key: 'fits', Body: body }))
  await s3.send(new PutObjectCommand({ Bucket: 'large', Key: 'fits-not', Body: body + body }))
  await s3.send(new PutObjectCommand({ Bucket: 'large', Key: 'wrong', Body: `${body}\n  - x` }))
  const url = (key: string) => ({ TemplateURL: `https://s3.amazonaws.com/large/${key}` })
  const { ResourceTypes } = await cfn.send(new GetTemplateSummaryCommand(url('fits')))
  expect(ResourceTypes).toEqual(['AWS::SQS::Queue'])
  await expect(cfn.send(new GetTemplateSummaryCommand(url('fits-not')))).rejects.toThrow(
    'Template may not exceed 1048576 bytes in size.',
  )
  await expect(cfn.send(new GetTemplateSummaryCommand(url('wrong')))).rejects.toThrow(
    /^Template format error: YAML not well-formed/,
  )
})

describe('a change set', () => {
  test('is looked at, executed once, and makes the stack', async () => {
    const set = await changeSet('reviewed', work, {
      Parameters: [],
      NotificationARNs: [],
      Tags: [{ Key: 'a', Value: 'b' }],
    })
    expect(set).toMatchObject({ Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE', StackName: 'reviewed' })
    expect(
      set.Changes!.map(({ ResourceChange }) => [ResourceChange!.Action, ResourceChange!.LogicalResourceId]),
    ).toEqual([
      ['Add', 'Dead'],
      ['Add', 'Work'],
    ])
    expect((await stackOf('reviewed')).StackStatus).toBe('REVIEW_IN_PROGRESS')
    expect((await cfn.send(new GetTemplateCommand({ StackName: 'reviewed' }))).TemplateBody).toBe('{}')
    await cfn.send(new ExecuteChangeSetCommand({ ChangeSetName: set.ChangeSetId, ClientRequestToken: 'once' }))
    await cfn.send(new ExecuteChangeSetCommand({ ChangeSetName: set.ChangeSetId, ClientRequestToken: 'once' }))
    expect(await settled('reviewed')).toBe('CREATE_COMPLETE')
    const after = await cfn.send(new DescribeChangeSetCommand({ ChangeSetName: set.ChangeSetId }))
    expect(after.ExecutionStatus).toBe('EXECUTE_COMPLETE')
    await expect(cfn.send(new ExecuteChangeSetCommand({ ChangeSetName: set.ChangeSetId }))).rejects.toMatchObject({
      name: 'InvalidChangeSetStatusException',
    })
    expect((await stackOf('reviewed')).ChangeSetId).toBe(set.ChangeSetId)

    await expect(changeSet('reviewed', work)).rejects.toThrow(
      'Stack [reviewed] already exists and cannot be created again with the changeSet [changes].',
    )
    const none = await changeSet('reviewed', work, { ChangeSetType: 'UPDATE', ChangeSetName: 'none' })
    expect(none).toMatchObject({
      Status: 'FAILED',
      ExecutionStatus: 'UNAVAILABLE',
      StatusReason:
        "The submitted information didn't contain changes. Submit different information to create a change set.",
    })
    const some = await changeSet('reviewed', work.replace('-work', '-other').replace('Default: 5', 'Default: 8'), {
      ChangeSetType: 'UPDATE',
      ChangeSetName: 'some',
    })
    expect(some.Changes).toHaveLength(1)
    expect(some.Changes![0]!.ResourceChange).toMatchObject({
      Action: 'Modify',
      LogicalResourceId: 'Work',
      Replacement: 'True',
      Scope: ['Properties'],
    })
    expect(
      some.Changes![0]!.ResourceChange!.Details!.map(({ Target }) => [
        Target!.Name,
        Target!.RequiresRecreation,
        Target!.BeforeValue,
        Target!.AfterValue,
      ]),
    ).toEqual([
      ['QueueName', 'Always', 'reviewed-work', 'reviewed-other'],
      ['DelaySeconds', 'Never', '5', '8'],
    ])
    const { Summaries } = await cfn.send(new ListChangeSetsCommand({ StackName: 'reviewed' }))
    expect(Summaries!.map(({ ChangeSetName }) => ChangeSetName).sort()).toEqual(['changes', 'none', 'some'])
    await cfn.send(new ExecuteChangeSetCommand({ ChangeSetName: 'some', StackName: 'reviewed' }))
    expect(await settled('reviewed')).toBe('UPDATE_COMPLETE')
    await expect(queueAttributes('reviewed-work')).rejects.toThrow('does not exist')
    expect(await queueAttributes('reviewed-other')).toMatchObject({ DelaySeconds: '8' })
    await cfn.send(new DeleteChangeSetCommand({ ChangeSetName: 'some', StackName: 'reviewed' }))
    await cfn.send(new DeleteChangeSetCommand({ ChangeSetName: 'some', StackName: 'reviewed' }))
    await expect(
      cfn.send(new DescribeChangeSetCommand({ ChangeSetName: 'some', StackName: 'reviewed' })),
    ).rejects.toMatchObject({ name: 'ChangeSetNotFoundException' })
    await remove('reviewed')
  })

  test.each([
    [
      'Resources: {A: {Type: AWS::SQS::Queue, Properties: {Nope: 1}}}',
      'Resource A (AWS::SQS::Queue): Encountered unsupported property Nope',
    ],
    [
      'Resources: {A: {Type: AWS::SQS::Nothing}}',
      'Template format error: Unrecognized resource types: [AWS::SQS::Nothing]',
    ],
    [
      'Resources: {A: {Type: AWS::RDS::DBInstance}}',
      '[AWS::RDS::DBInstance]. There are none of these here, or not yet',
    ],
    ['Resources: {A: {Type: Custom::Thing}}', 'Resource A (Custom::Thing): Property ServiceToken cannot be empty.'],
    [
      'Resources: {A: {Type: AWS::CloudFormation::Publisher, Properties: {AcceptTermsAndConditions: true}}}',
      'not supported by Landfall yet: [AWS::CloudFormation::Publisher (A)]',
    ],
    [
      'Resources: {A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: soon}}}',
      'Value of property DelaySeconds must be of type Number',
    ],
    [
      'Resources: {A: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: []}}}',
      'Property PolicyDocument cannot be empty.',
    ],
    [
      "Resources: {A: {Type: AWS::SQS::Queue, Properties: {QueueName: '{{resolve:ssm:x:y}}'}}}",
      'Invalid dynamic reference {{resolve:ssm:x:y}}',
    ],
    [
      'Resources: {A: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt B.Nope}}, B: {Type: AWS::SQS::Queue}}',
      'resource B does not support attribute type Nope',
    ],
    [
      'Resources: {A: {Type: AWS::SQS::Queue, DependsOn: B}, B: {Type: AWS::SQS::Queue, DependsOn: A}}',
      'Circular dependency between resources: [A, B]',
    ],
    [
      'Resources: {A: {Type: AWS::SQS::Queue, Properties: {QueueName: !ImportValue none}}}',
      'No export named none found.',
    ],
  ])('fails by name: %s', async (template, reason) => {
    const set = await changeSet('wrong', template)
    expect(set.Status).toBe('FAILED')
    expect(set.StatusReason).toContain(reason)
    expect(await remove('wrong')).toBe('DELETE_COMPLETE')
  })

  test('is refused at once when the template cannot be read', async () => {
    await expect(changeSet('wrong', 'Resources: {')).rejects.toThrow(/^Template format error: YAML not well-formed/)
    await expect(changeSet('wrong', 'Transform: MyMacro\nResources: {A: {Type: T}}')).rejects.toThrow(
      'No transform named 000000000000::MyMacro found.',
    )
    await expect(changeSet('wrong', `Description: ${'x'.repeat(60_000)}`)).rejects.toThrow(
      'less than or equal to 51200',
    )
    await expect(changeSet('1wrong', work)).rejects.toThrow(/'stackName' failed to satisfy constraint/)
    await expect(changeSet('wrong', work, { ChangeSetType: 'UPDATE' })).rejects.toThrow('Stack [wrong] does not exist')
    await expect(
      changeSet('wrong', work, { NotificationARNs: ['arn:aws:sns:us-east-1:000000000000:t'] }),
    ).rejects.toThrow('NotificationARNs is not supported')
    await expect(
      changeSet('wrong', work, { Parameters: [{ ParameterKey: 'Delay', ParameterValue: 'x' }] }),
    ).rejects.toThrow("Parameter 'Delay' must be a number")
    const role = 'Resources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: r, AssumeRolePolicyDocument: {}}}}'
    await expect(changeSet('wrong', role)).rejects.toMatchObject({
      name: 'InsufficientCapabilitiesException',
      message: 'Requires capabilities : [CAPABILITY_NAMED_IAM]',
    })
    expect((await cfn.send(new GetTemplateSummaryCommand({ TemplateBody: role }))).Capabilities).toEqual([
      'CAPABILITY_NAMED_IAM',
    ])
  })
})

describe('exports', () => {
  test('are used by other stacks, and protected while they are', async () => {
    await create('giver', work)
    const tags = 'Properties: {Tags: [{Key: url, Value: !ImportValue "giver:url"}]}'
    const taker = `Resources: {A: {Type: AWS::SQS::Queue, ${tags}}}\nOutputs: {O: {Value: !ImportValue "giver:url"}}`
    const long = taker.replace('giver:url', 'x'.repeat(3_000))
    await expect(create('long', long)).rejects.toThrow(/^No export named x+ found/)
    expect((await create('taker', taker))[1]).toBe('CREATE_COMPLETE')
    const { Exports } = await cfn.send(new ListExportsCommand({}))
    expect(Exports).toHaveLength(1)
    expect((await stackOf('taker')).Outputs![0]!.OutputValue).toBe(Exports![0]!.Value)
    expect((await cfn.send(new ListImportsCommand({ ExportName: 'giver:url' }))).Imports).toEqual(['taker'])
    await expect(remove('giver')).rejects.toThrow('Export giver:url cannot be deleted as it is in use by taker')
    expect(await update('giver', work.replace('-work', '-moved'))).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(await events('giver')).toContain(
      'giver UPDATE_ROLLBACK_IN_PROGRESS: Export giver:url cannot be updated as it is in use by taker',
    )
    expect((await create('other', work.replace(`\${AWS::StackName}:url`, 'giver:url')))[1]).toBe('ROLLBACK_COMPLETE')
    await remove('other')
    await remove('taker')
    expect(await remove('giver')).toBe('DELETE_COMPLETE')
    expect((await cfn.send(new ListExportsCommand({}))).Exports ?? []).toEqual([])
  })
})
