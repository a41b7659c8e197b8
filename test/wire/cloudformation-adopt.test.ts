import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateRestApiCommand,
  CreateUsagePlanCommand,
  GenerateClientCertificateCommand,
} from '@aws-sdk/client-api-gateway'
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeResourceScanCommand,
  ExecuteChangeSetCommand,
  ListResourceScanResourcesCommand,
  StartResourceScanCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateInternetGatewayCommand, EC2Client } from '@aws-sdk/client-ec2'
import {
  AddLayerVersionPermissionCommand,
  AddPermissionCommand,
  CreateCodeSigningConfigCommand,
  CreateEventSourceMappingCommand,
  LambdaClient,
  PublishLayerVersionCommand,
} from '@aws-sdk/client-lambda'
import { CreateSecretCommand, RotateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { altered, startNode, type TestNode } from '../harness.ts'
import { makeFunction, makeRole, zipOf } from './lambda-support.ts'
import { describeStack, settledStack } from './stack-support.ts'

let node: TestNode
let cfn: CloudFormationClient
beforeAll(async () => {
  node = await startNode()
  cfn = node.client(CloudFormationClient)
})
afterAll(() => node.close())

const profile = 'arn:aws:signer:us-east-1:000000000000:/signing-profiles/mine/abcdefgh12'

test('resources whose ids the service makes up are taken over by those ids', async () => {
  const [api, ec2, lambda] = [node.client(APIGatewayClient), node.client(EC2Client), node.client(LambdaClient)]
  const rest = await api.send(new CreateRestApiCommand({ name: 'there' }))
  const key = await api.send(new CreateApiKeyCommand({ name: 'there' }))
  const plan = await api.send(new CreateUsagePlanCommand({ name: 'there' }))
  const certificate = await api.send(new GenerateClientCertificateCommand({}))
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}))
  const AllowedPublishers = { SigningProfileVersionArns: [profile] }
  const { CodeSigningConfig } = await lambda.send(new CreateCodeSigningConfigCommand({ AllowedPublishers }))
  const Content = { ZipFile: await zipOf({ 'nodejs/a.js': '1' }) }
  const layer = await lambda.send(new PublishLayerVersionCommand({ LayerName: 'there', Content }))
  await node.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'there' }))
  const reads = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }
  await makeFunction(lambda, 'there', await makeRole(node, 'there', [reads]), 'exports.handler = async () => 1')
  const source = { FunctionName: 'there', EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:there' }
  const mapping = await lambda.send(new CreateEventSourceMappingCommand({ ...source, Enabled: false }))
  const version = { LayerName: 'there', VersionNumber: 1, StatementId: 'all', Action: 'lambda:GetLayerVersion' }
  await lambda.send(new AddLayerVersionPermissionCommand({ ...version, Principal: '123456789012' }))
  const secrets = node.client(SecretsManagerClient)
  const secret = await secrets.send(new CreateSecretCommand({ Name: 'there', SecretString: 'x' }))
  const asked = { FunctionName: 'there', StatementId: 'rotates', Action: 'lambda:InvokeFunction' }
  await lambda.send(new AddPermissionCommand({ ...asked, Principal: 'secretsmanager.amazonaws.com' }))
  const rotation = {
    SecretId: secret.ARN,
    RotationLambdaARN: 'arn:aws:lambda:us-east-1:000000000000:function:there',
    RotationRules: { AutomaticallyAfterDays: 30 },
  }
  await secrets.send(new RotateSecretCommand({ ...rotation, RotateImmediately: false }))
  // By logical id: the type, what identifies it, the identifier, the properties.
  const there: Record<string, readonly [string, string, string, object]> = {
    Api: ['AWS::ApiGateway::RestApi', 'RestApiId', rest.id!, { Name: 'there' }],
    Key: ['AWS::ApiGateway::ApiKey', 'APIKeyId', key.id!, { Name: 'there' }],
    Plan: ['AWS::ApiGateway::UsagePlan', 'Id', plan.id!, { UsagePlanName: 'there' }],
    Certificate: ['AWS::ApiGateway::ClientCertificate', 'ClientCertificateId', certificate.clientCertificateId!, {}],
    Gateway: ['AWS::EC2::InternetGateway', 'InternetGatewayId', InternetGateway!.InternetGatewayId!, {}],
    Layer: [
      'AWS::Lambda::LayerVersion',
      'LayerVersionArn',
      layer.LayerVersionArn!,
      { LayerName: 'there', Content: { S3Bucket: 'code', S3Key: 'layer.zip' } },
    ],
    LayerUse: [
      'AWS::Lambda::LayerVersionPermission',
      'Id',
      `${layer.LayerVersionArn}#all`,
      { LayerVersionArn: layer.LayerVersionArn, Action: version.Action, Principal: '123456789012' },
    ],
    Rotation: ['AWS::SecretsManager::RotationSchedule', 'Id', secret.ARN!, rotation],
    Mapping: ['AWS::Lambda::EventSourceMapping', 'Id', mapping.UUID!, { ...source, Enabled: false }],
    Signing: [
      'AWS::Lambda::CodeSigningConfig',
      'CodeSigningConfigArn',
      CodeSigningConfig!.CodeSigningConfigArn!,
      { AllowedPublishers },
    ],
  }
  const Resources = Object.fromEntries(
    Object.entries(there).map(([id, [Type, , , Properties]]) => [id, { Type, DeletionPolicy: 'Retain', Properties }]),
  )
  const changeSet = (ChangeSetName: string, wrong: Record<string, string>) =>
    new CreateChangeSetCommand({
      StackName: 'adopted',
      ChangeSetName,
      ChangeSetType: 'IMPORT',
      TemplateBody: JSON.stringify({ Resources }),
      ResourcesToImport: Object.entries(there).map(([LogicalResourceId, [ResourceType, name, identifier]]) => ({
        LogicalResourceId,
        ResourceType,
        ResourceIdentifier: { [name]: wrong[LogicalResourceId] ?? identifier },
      })),
    })
  const set = { StackName: 'adopted', ChangeSetName: 'set' }
  for (const [id, [type, , identifier]] of Object.entries(there)) {
    const other = altered(identifier, identifier.endsWith(':1') ? 1 : 4)
    await cfn.send(changeSet(`without-${id}`, { [id]: other }))
    const refused = await cfn.send(new DescribeChangeSetCommand({ ...set, ChangeSetName: `without-${id}` }))
    expect([refused.Status, refused.StatusReason]).toEqual([
      'FAILED',
      `Resource of type '${type}' with identifier '${other}' was not found.`,
    ])
  }
  await cfn.send(changeSet('set', {}))
  expect((await cfn.send(new DescribeChangeSetCommand(set))).StatusReason).toBeUndefined()
  await cfn.send(new ExecuteChangeSetCommand(set))
  expect((await settledStack(cfn, 'adopted')).StackStatus).toBe('IMPORT_COMPLETE')

  const Outputs = {
    Root: { Value: { 'Fn::GetAtt': ['Api', 'RootResourceId'] } },
    Signing: { Value: { 'Fn::GetAtt': ['Signing', 'CodeSigningConfigId'] } },
    Key: { Value: { Ref: 'Key' } },
  }
  await cfn.send(new UpdateStackCommand({ StackName: 'adopted', TemplateBody: JSON.stringify({ Resources, Outputs }) }))
  expect((await settledStack(cfn, 'adopted')).StackStatus).toBe('UPDATE_COMPLETE')
  const { Outputs: shown } = await describeStack(cfn, 'adopted')
  expect(Object.fromEntries(shown!.map((one) => [one.OutputKey, one.OutputValue]))).toEqual({
    Root: rest.rootResourceId,
    Signing: CodeSigningConfig!.CodeSigningConfigId,
    Key: key.id,
  })

  const { ResourceScanId } = await cfn.send(new StartResourceScanCommand({}))
  while ((await cfn.send(new DescribeResourceScanCommand({ ResourceScanId }))).Status === 'IN_PROGRESS') {}
  const { Resources: found = [] } = await cfn.send(
    new ListResourceScanResourcesCommand({ ResourceScanId, MaxResults: 100 }),
  )
  const seen = found.map((one) => [one.ResourceType, ...Object.values(one.ResourceIdentifier ?? {})].join(' '))
  const wanted = Object.values(there).map(([type, , identifier]) => `${type} ${identifier}`)
  expect(wanted.filter((one) => !seen.includes(one))).toEqual([])
})
