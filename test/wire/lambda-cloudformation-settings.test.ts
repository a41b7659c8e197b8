import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import {
  GetCodeSigningConfigCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  GetFunctionRecursionConfigCommand,
  GetResourcePolicyCommand,
  GetRuntimeManagementConfigCommand,
  LambdaClient,
  ListTagsCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeRole } from './lambda-support.ts'

let node: TestNode
let stacks: CloudFormationClient
let lambda: LambdaClient
let role: string
beforeAll(async () => {
  node = await startNode()
  stacks = node.client(CloudFormationClient)
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'settings')
})
afterAll(() => node.close())

const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`
const profile = 'arn:aws:signer:us-east-1:000000000000:/signing-profiles/one/abcdefghij'

async function deploy(kind: 'create' | 'update', StackName: string, Resources: object, Outputs: object = {}) {
  const input = { StackName, TemplateBody: JSON.stringify({ Resources, Outputs }) }
  await stacks.send(kind === 'create' ? new CreateStackCommand(input) : new UpdateStackCommand(input))
  let status = ''
  const settled = async () => {
    const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName }))
    status = Stacks?.[0]?.StackStatus ?? ''
    return status.endsWith('_IN_PROGRESS')
  }
  await expect.poll(settled).toBe(false)
  const { StackEvents = [] } = await stacks.send(new DescribeStackEventsCommand({ StackName }))
  return { status, reasons: StackEvents.map((event) => event.ResourceStatusReason ?? '').join('\n') }
}

function worker(more: object = {}) {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'set',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: role,
      Code: { ZipFile: 'exports.handler = async () => 1' },
      ...more,
    },
  }
}
const signing = (more: object = {}) => ({
  Type: 'AWS::Lambda::CodeSigningConfig',
  Properties: { AllowedPublishers: { SigningProfileVersionArns: [profile] }, ...more },
})
const policy = (Action: string) => ({
  Type: 'AWS::Lambda::ResourcePolicy',
  Properties: {
    ResourceArn: { 'Fn::GetAtt': ['F', 'Arn'] },
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: '111111111111' }, Action, Resource: arn('set') }],
    },
  },
})

test('settings with operations of their own are made, changed, and go back when they are left out', async () => {
  const FunctionName = 'set'
  const CodeSigningConfigArn = { Ref: 'Signing' }
  const made = await deploy(
    'create',
    'own',
    {
      Signing: signing({ Description: 'a', Tags: [{ Key: 'team', Value: 'a' }] }),
      F: worker({
        CodeSigningConfigArn,
        RecursiveLoop: 'Allow',
        RuntimeManagementConfig: { UpdateRuntimeOn: 'FunctionUpdate' },
        EphemeralStorage: { Size: 1024 },
        TracingConfig: { Mode: 'Active' },
        Description: 'made',
      }),
      V: {
        Type: 'AWS::Lambda::Version',
        Properties: { FunctionName: { Ref: 'F' }, RuntimePolicy: { UpdateRuntimeOn: 'FunctionUpdate' } },
      },
      Policy: policy('lambda:GetFunction'),
    },
    { SnapStart: { Value: { 'Fn::GetAtt': ['F', 'SnapStartResponse.ApplyOn'] } } },
  )
  expect(made.status, made.reasons).toBe('CREATE_COMPLETE')
  const { CodeSigningConfigArn: attached = '' } = await lambda.send(
    new GetFunctionCodeSigningConfigCommand({ FunctionName }),
  )
  const { CodeSigningConfig } = await lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn: attached }))
  expect(CodeSigningConfig).toMatchObject({
    Description: 'a',
    CodeSigningPolicies: { UntrustedArtifactOnDeployment: 'Warn' },
  })
  const loop = () => lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName }))
  const runtime = (Qualifier?: string) =>
    lambda.send(new GetRuntimeManagementConfigCommand({ FunctionName, Qualifier }))
  expect((await loop()).RecursiveLoop).toBe('Allow')
  expect((await runtime()).UpdateRuntimeOn).toBe('FunctionUpdate')
  expect((await runtime('1')).UpdateRuntimeOn).toBe('FunctionUpdate')
  const { Policy = '' } = await lambda.send(new GetResourcePolicyCommand({ ResourceArn: arn('set') }))
  expect(JSON.parse(Policy).Statement[0].Action).toBe('lambda:GetFunction')

  const changed = await deploy('update', 'own', {
    Signing: signing({ Description: 'b', Tags: [{ Key: 'stage', Value: 'b' }] }),
    F: worker(),
    Policy: policy('lambda:InvokeFunction'),
  })
  expect(changed.status, changed.reasons).toBe('UPDATE_COMPLETE')
  expect((await loop()).RecursiveLoop).toBe('Terminate')
  expect((await runtime()).UpdateRuntimeOn).toBe('Auto')
  const detached = await lambda.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }))
  expect(detached.CodeSigningConfigArn).toBeUndefined()
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }))
  expect(Configuration).toMatchObject({
    Description: '',
    EphemeralStorage: { Size: 512 },
    TracingConfig: { Mode: 'PassThrough' },
  })
  const { Tags } = await lambda.send(new ListTagsCommand({ Resource: attached }))
  expect(Tags).toMatchObject({ stage: 'b' })
  expect(Tags).not.toHaveProperty('team')
  const after = await lambda.send(new GetResourcePolicyCommand({ ResourceArn: arn('set') }))
  expect(JSON.parse(after.Policy ?? '').Statement[0].Action).toBe('lambda:InvokeFunction')

  const renamed = await deploy('update', 'own', { F: worker({ FunctionName: 'renamed' }) })
  expect(renamed.status, renamed.reasons).toBe('UPDATE_COMPLETE')
  const { StackResources } = await stacks.send(new DescribeStackResourcesCommand({ StackName: 'own' }))
  expect(StackResources?.map(({ PhysicalResourceId }) => PhysicalResourceId)).toEqual(['renamed'])
  const gone = { name: 'ResourceNotFoundException' }
  await expect(lambda.send(new GetFunctionCommand({ FunctionName }))).rejects.toMatchObject(gone)
  await expect(lambda.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn: attached }))).rejects.toMatchObject(
    gone,
  )
  await stacks.send(new DeleteStackCommand({ StackName: 'own' }))
})

test.each([
  [
    'FileSystemConfigs',
    {
      FileSystemConfigs: [
        {
          Arn: 'arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0',
          LocalMountPath: '/mnt/a',
        },
      ],
    },
  ],
  ['SnapStart', { SnapStart: { ApplyOn: 'PublishedVersions' } }],
  [
    'Manual',
    {
      RuntimeManagementConfig: {
        UpdateRuntimeOn: 'Manual',
        RuntimeVersionArn: `arn:aws:lambda:us-east-1::runtime:${'a'.repeat(64)}`,
      },
    },
  ],
  [
    'SourceKMSKeyArn',
    { Code: { S3Bucket: 'bucket', S3Key: 'k', SourceKMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' } },
  ],
  [
    'DurableConfig.KMSKeyArn',
    { DurableConfig: { ExecutionTimeout: 1, KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' } },
  ],
  ['TenancyConfig', { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } }],
  [
    'CapacityProviderConfig',
    { CapacityProviderConfig: { LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn: 'x' } } },
  ],
])('%s is refused by name', async (name, more) => {
  const StackName = `refused-${name.replace('.', '-')}`
  const refused = await deploy('create', StackName, { F: worker({ FunctionName: `f-${name}`, ...more }) }).catch(
    (error: Error) => ({ status: 'refused', reasons: error.message }),
  )
  expect(refused.status).not.toBe('CREATE_COMPLETE')
  expect(refused.reasons).toContain(name)
})
