import {
  type Capability,
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
let s3: S3Client

beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
  s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'snippets' }))
})
afterAll(async () => {
  cfn.destroy()
  s3.destroy()
  await node.close()
})

const Capabilities: Capability[] = ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND']
const settled = async (name: string) => (await settledStack(cfn, name)).StackStatus!
const snippet = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: 'snippets', Key, Body }))
async function create(StackName: string, TemplateBody: string, parameters: Record<string, string> = {}) {
  const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }))
  await cfn.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities, Parameters }))
  return settled(StackName)
}
async function processed(StackName: string) {
  const { TemplateBody } = await cfn.send(new GetTemplateCommand({ StackName, TemplateStage: 'Processed' }))
  return JSON.parse(TemplateBody!)
}

/** What a macro's function got, it puts in the Metadata of the template; what it says is its code's. */
const macro = (name: string, body: string) => `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
  Code:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: ${JSON.stringify(`exports.handler = async (event) => { ${body} }`)}}
  Macro: {Type: AWS::CloudFormation::Macro, Properties: {Name: ${name}, FunctionName: !GetAtt Code.Arn}}`

test('loops and the other language extensions make resources, again with each update', async () => {
  const template = `
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - 'Q\${Name}':
        Type: AWS::SQS::Queue
        Properties: {QueueName: !Sub 'loop-\${Name}', DelaySeconds: {Fn::Length: !Ref Names}}
  Watcher:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: {Fn::ToJsonString: {first: !GetAtt Qa.Arn, names: !Ref Names}}}
Outputs:
  Json: {Value: !GetAtt Watcher.Value}`
  await expect(create('loop', template)).rejects.toThrow('Parameters: [Names] must have values')
  expect(await create('loop', template, { Names: 'a,b' })).toBe('CREATE_COMPLETE')
  const { Outputs } = await describeStack(cfn, 'loop')
  expect(JSON.parse(Outputs![0]!.OutputValue!)).toEqual({
    first: 'arn:aws:sqs:us-east-1:000000000000:loop-a',
    names: ['a', 'b'],
  })
  const sqs = node.client(SQSClient)
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'loop-b' }))
  const delay = { QueueUrl, AttributeNames: ['DelaySeconds' as const] }
  expect((await sqs.send(new GetQueueAttributesCommand(delay))).Attributes).toEqual({ DelaySeconds: '2' })
  const Parameters = [{ ParameterKey: 'Names', ParameterValue: 'a,c,d' }]
  await cfn.send(new UpdateStackCommand({ StackName: 'loop', UsePreviousTemplate: true, Parameters, Capabilities }))
  expect(await settled('loop')).toBe('UPDATE_COMPLETE')
  const { StackResourceSummaries } = await cfn.send(new ListStackResourcesCommand({ StackName: 'loop' }))
  expect(StackResourceSummaries!.map((each) => each.LogicalResourceId).sort()).toEqual(['Qa', 'Qc', 'Qd', 'Watcher'])
  expect(
    (await sqs.send(new GetQueueAttributesCommand({ ...delay, QueueUrl: QueueUrl!.replace('-b', '-d') }))).Attributes,
  ).toEqual({ DelaySeconds: '3' })
  sqs.destroy()
})

test('transforms need to be acknowledged, unless they are seen in a change set first', async () => {
  const TemplateBody = 'Transform: AWS::LanguageExtensions\nResources: {Q: {Type: AWS::SQS::Queue}}'
  await expect(cfn.send(new CreateStackCommand({ StackName: 'no', TemplateBody }))).rejects.toThrow(
    'Requires capabilities : [CAPABILITY_AUTO_EXPAND]',
  )
  const inside = 'Resources: {Fn::Transform: {Name: Mine}}'
  expect(await cfn.send(new ValidateTemplateCommand({ TemplateBody: inside }))).toMatchObject({
    Capabilities: ['CAPABILITY_AUTO_EXPAND'],
    DeclaredTransforms: ['Mine'],
  })
  expect(await cfn.send(new GetTemplateSummaryCommand({ TemplateBody }))).toMatchObject({
    DeclaredTransforms: ['AWS::LanguageExtensions'],
    ResourceTypes: ['AWS::SQS::Queue'],
  })
  const unknown = cfn.send(new CreateStackCommand({ StackName: 'no', TemplateBody: inside, Capabilities }))
  await expect(unknown).rejects.toThrow('No transform named 000000000000::Mine found.')
})

test('what an object of a bucket has is included, in place and for the whole template', async () => {
  await snippet('queue.yaml', 'DelaySeconds: 7\nQueueName: !Sub "${AWS::StackName}-included"')
  await snippet('outputs.json', '{"Outputs": {"Url": {"Value": {"Ref": "Q"}}}}')
  const template = `
Transform: {Name: AWS::Include, Parameters: {Location: s3://snippets/outputs.json}}
Parameters: {Bucket: {Type: String}}
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 5
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: !Sub 's3://\${Bucket}/queue.yaml'}}`
  expect(await create('include', template, { Bucket: 'snippets' })).toBe('CREATE_COMPLETE')
  expect((await describeStack(cfn, 'include')).Outputs![0]!.OutputValue).toMatch(/include-included$/)
  expect(await processed('include')).toMatchObject({
    Resources: { Q: { Properties: { VisibilityTimeout: 5, DelaySeconds: 7 } } },
  })
  const { TemplateBody } = await cfn.send(new GetTemplateCommand({ StackName: 'include', TemplateStage: 'Original' }))
  expect(TemplateBody).toBe(template)
  const missing = template.replace('outputs.json', 'none.json')
  await expect(create('no', missing, { Bucket: 'snippets' })).rejects.toThrow(
    'S3 error: The specified key does not exist',
  )
  const wrong = template.replace('s3://snippets', 'https://snippets')
  await expect(create('no', wrong, { Bucket: 'snippets' })).rejects.toThrow('is not a valid S3 URI')

  await snippet('large.json', JSON.stringify({ text: 'x'.repeat(1_000_000) }))
  const part = '{Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://snippets/large.json}}}'
  const many = Array.from({ length: 9 }, (_, i) => `${i}: ${part}`).join(', ')
  await expect(create('no', `Resources: {Q: {Type: AWS::SQS::Queue, Metadata: {${many}}}}`)).rejects.toThrow(
    'transforms make more than',
  )
})

test('a macro changes a part, then another the whole, then SAM makes functions of it', async () => {
  const counting = `
    const { Count, ...rest } = event.params
    const fragment = { ...event.fragment, DelaySeconds: event.params.Delay }
    return { requestId: event.requestId, status: 'success', fragment }`
  const whole = `
    const fragment = { ...event.fragment, Metadata: { ...event, fragment: undefined, seen: Object.keys(event.fragment) } }
    fragment.Resources.Added = { Type: 'AWS::Serverless::SimpleTable' }
    return { requestId: event.requestId, status: 'SUCCESS', fragment }`
  expect(await create('define-part', macro('Part', counting))).toBe('CREATE_COMPLETE')
  expect(await create('define-whole', macro('Whole', whole))).toBe('CREATE_COMPLETE')
  const template = `
Transform: [Whole, AWS::Serverless-2016-10-31]
Parameters: {Delay: {Type: Number, Default: 4}, List: {Type: CommaDelimitedList, Default: 'a,b'}}
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {Fn::Transform: {Name: Part, Parameters: {Delay: !Ref Delay}}}}`
  const StackName = 'macros'
  const set = { StackName, ChangeSetName: 'first', ChangeSetType: 'CREATE' as const, TemplateBody: template }
  const { Id } = await cfn.send(new CreateChangeSetCommand(set))
  const { Changes } = await cfn.send(new DescribeChangeSetCommand({ ChangeSetName: Id! }))
  expect(Changes!.map((each) => each.ResourceChange!.ResourceType).sort()).toEqual([
    'AWS::DynamoDB::Table',
    'AWS::SQS::Queue',
  ])
  const reviewed = await cfn.send(new GetTemplateCommand({ ChangeSetName: Id! }))
  expect(JSON.parse(reviewed.TemplateBody!)).toMatchObject({ Resources: { Q: { Properties: { DelaySeconds: '4' } } } })
  await cfn.send(new ExecuteChangeSetCommand({ ChangeSetName: Id! }))
  expect(await settled(StackName)).toBe('CREATE_COMPLETE')
  expect((await processed(StackName)).Metadata).toEqual({
    region: 'us-east-1',
    accountId: '000000000000',
    transformId: '000000000000::Whole',
    params: {},
    requestId: expect.any(String),
    templateParameterValues: { Delay: '4', List: ['a', 'b'] },
    seen: ['Parameters', 'Resources'],
  })

  // A macro is there as long as its stack is, and is nobody else's to define.
  expect(await create('again', macro('Part', counting))).toBe('ROLLBACK_COMPLETE')
  await node.restart()
  cfn = node.client(CloudFormationClient)
  expect(await create('after', template)).toBe('CREATE_COMPLETE')
  await cfn.send(new DeleteStackCommand({ StackName: 'define-part' }))
  await expect(settled('define-part')).rejects.toThrow('does not exist')
  await expect(create('gone', template)).rejects.toThrow('No transform named 000000000000::Part found.')
})

test.each([
  ["return { requestId: event.requestId, status: 'failed', errorMessage: 'too many' }", 'failed with: too many'],
  ["return { requestId: event.requestId, status: 'failed' }", 'failed without an error message.'],
  ["return { requestId: 'other', status: 'success', fragment: {} }", 'Received malformed response from transform'],
  ["throw new Error('lost')", 'Received malformed response from transform'],
])('a macro that does %s fails the request', async (body, message) => {
  expect(await create('define-bad', macro('Bad', body))).toBe('CREATE_COMPLETE')
  await expect(create('no', 'Transform: Bad\nResources: {Q: {Type: AWS::SQS::Queue}}')).rejects.toThrow(message)
  await cfn.send(new DeleteStackCommand({ StackName: 'define-bad' }))
  await expect(settled('define-bad')).rejects.toThrow('does not exist')
})

test('what is included is read, and a macro is called, as whoever asks', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'only-stacks' }))
  const Statement = [{ Effect: 'Allow', Action: 'cloudformation:*', Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'only-stacks', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'only-stacks' }))
  iam.destroy()
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const user = node.client(CloudFormationClient, { credentials })
  const denied = (TemplateBody: string) =>
    user.send(new CreateStackCommand({ StackName: 'no', TemplateBody, Capabilities }))
  const include = '{Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://snippets/queue.yaml}}}'
  await expect(denied(`Resources: {Q: {Type: AWS::SQS::Queue, Properties: ${include}}}`)).rejects.toThrow(
    /not authorized to perform: s3:GetObject/,
  )
  await expect(denied('Transform: Whole\nResources: {Q: {Type: AWS::SQS::Queue}}')).rejects.toThrow(
    /not authorized to perform: lambda:InvokeFunction/,
  )
  user.destroy()
})

test('a macro is changed in place, replaced when it is renamed, and gone with its stack', async () => {
  const answer = (value: string) =>
    `return { requestId: event.requestId, status: 'success', fragment: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: '${value}' } } }`
  let users = 0
  const made = async (name: string) => {
    const TemplateBody = `Resources: {P: {Fn::Transform: {Name: ${name}}}}`
    users += 1
    const StackName = `walked-user-${users}`
    await cfn.send(
      new CreateChangeSetCommand({
        StackName,
        ChangeSetName: 'look',
        ChangeSetType: 'CREATE',
        TemplateBody,
        Capabilities,
      }),
    )
    const { TemplateBody: text } = await cfn.send(new GetTemplateCommand({ StackName, ChangeSetName: 'look' }))
    return JSON.parse(text!).Resources.P.Properties.Value as string
  }
  const first = macro('Walked', answer('one'))
  expect(await create('walked', first)).toBe('CREATE_COMPLETE')
  expect(await made('Walked')).toBe('one')
  const code = first.split('\n  Code:\n')[1]!.split('\n  Macro:')[0]!
  const other = first
    .replace('\n  Code:\n', `\n  Other:\n${code.replace("'one'", "'two'")}\n  Code:\n`)
    .replace('FunctionName: !GetAtt Code.Arn', 'FunctionName: !GetAtt Other.Arn, Description: the other')
  const update = async (TemplateBody: string) => {
    await cfn.send(new UpdateStackCommand({ StackName: 'walked', TemplateBody, Capabilities }))
    expect(await settled('walked')).toBe('UPDATE_COMPLETE')
  }
  await update(other)
  expect(await made('Walked')).toBe('two')
  await update(other.replace('Name: Walked', 'Name: Renamed'))
  expect(await made('Renamed')).toBe('two')
  await expect(made('Walked')).rejects.toThrow('No transform named 000000000000::Walked found.')
  await cfn.send(new DeleteStackCommand({ StackName: 'walked' }))
  await expect(settled('walked')).rejects.toThrow('does not exist')
  await expect(made('Renamed')).rejects.toThrow('No transform named 000000000000::Renamed found.')
})
