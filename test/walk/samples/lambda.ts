import { att, policy, ref, roleOf, type Samples, tags, to } from '../sample.ts'

const code = (text = '1') => ({ ZipFile: `exports.handler = async () => ${text}` })
const role = roleOf('lambda.amazonaws.com')
const full = {
  ...role,
  Properties: {
    ...role.Properties,
    Policies: [
      {
        PolicyName: 'all',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
        },
      },
    ],
  },
}
const least = { Code: code(), Role: att('Role', 'Arn'), Runtime: 'nodejs22.x', Handler: 'index.handler' }
const fn = { Type: 'AWS::Lambda::Function', Properties: least }
const version = (of: string) => ({ Type: 'AWS::Lambda::Version', Properties: { FunctionName: ref(of) } })
const queue = { Type: 'AWS::SQS::Queue' }
const signing = (arn: string) => ({
  SigningProfileVersionArns: [`arn:aws:signer:us-east-1:000000000000:/signing-profiles/${arn}/abcdefghij`],
})

const streamed = { EventSourceArn: att('Stream', 'Arn'), StartingPosition: 'TRIM_HORIZON' }

export const lambda: Samples = {
  'AWS::Lambda::Function': {
    beside: { Role: full, Other: full, Queue: queue, Key: { Type: 'AWS::KMS::Key' } },
    base: least,
    changes: {
      FunctionName: to('walked-function'),
      Code: to(code('2')),
      Role: to(att('Other', 'Arn')),
      Runtime: to('nodejs24.x'),
      Handler: to('index.other'),
      Description: to('for orders'),
      Timeout: to(7),
      MemorySize: to(256),
      Environment: to({ Variables: { STAGE: 'dev' } }),
      DeadLetterConfig: to({ TargetArn: att('Queue', 'Arn') }),
      EphemeralStorage: to({ Size: 1_024 }),
      KmsKeyArn: to(att('Key', 'Arn')),
      LoggingConfig: to({ LogFormat: 'JSON' }),
      ReservedConcurrentExecutions: to(3),
      Tags: to(tags),
      TracingConfig: to({ Mode: 'Active' }),
      RecursiveLoop: to('Allow'),
      RuntimeManagementConfig: to({ UpdateRuntimeOn: 'FunctionUpdate' }),
    },
    unread: { Code: 'Where it came from is not kept; what it is can not be compared with that.' },
    still: {
      Architectures: 'There is that of the machine.',
      DurableConfig: 'A function is durable from its creation on: lambda-durable-api.test.ts has it.',
      FileSystemConfigs: 'Refused by name.',
      Layers: 'They come from a bucket: lambda-layers.test.ts has them.',
      PackageType: 'Images come from a registry: lambda-images.test.ts has them.',
      ImageConfig: 'Of images alone: lambda-images.test.ts has it.',
      SnapStart: 'Only None is taken.',
      VpcConfig: 'lambda-vpc.test.ts has it.',
      CodeSigningConfigArn: 'Code has to be signed for it: lambda-code-signing.test.ts has it.',
    },
  },
  'AWS::Lambda::Version': {
    beside: { Role: full, 'Function~': fn, 'Other~': fn },
    base: { FunctionName: ref('Function~') },
    changes: { FunctionName: to(ref('Other~')) },
    still: {
      CodeSha256: 'The code that there is has but one.',
      Description: 'Another version of the same code is none.',
      RuntimePolicy: 'Another version of the same code is none: lambda-cloudformation-settings.test.ts has it.',
      ProvisionedConcurrencyConfig: 'It starts runtimes: lambda-provisioned.test.ts has it.',
    },
  },
  'AWS::Lambda::Alias': {
    beside: { Role: full, 'Function~': fn, 'Version~': version('Function~') },
    base: { FunctionName: ref('Function~'), FunctionVersion: att('Version~', 'Version'), Name: 'live' },
    changes: {
      FunctionVersion: to('$LATEST'),
      Name: to('other'),
      Description: to('what is live'),
    },
    still: {
      FunctionName: 'The version of the one is none of the other.',
      RoutingConfig: 'It takes a second version, and so other code.',
      ProvisionedConcurrencyConfig: 'It starts runtimes: lambda-provisioned.test.ts has it.',
    },
  },
  'AWS::Lambda::Permission': {
    beside: { Role: full, 'Function~': fn, 'Other~': fn, Url: { Type: 'AWS::SQS::Queue' } },
    base: { Action: 'lambda:InvokeFunction', FunctionName: ref('Function~'), Principal: 's3.amazonaws.com' },
    changes: {
      Action: to('lambda:GetFunction'),
      FunctionName: to(ref('Other~')),
      Principal: to('events.amazonaws.com'),
      PrincipalOrgID: to('o-1234567890', { Principal: '*' }),
      SourceAccount: to('111122223333'),
      SourceArn: to('arn:aws:s3:::walked'),
      FunctionUrlAuthType: to('AWS_IAM', {
        Action: 'lambda:InvokeFunctionUrl',
        Principal: '*',
        FunctionUrlAuthType: 'NONE',
      }),
      EventSourceToken: to('token', { Principal: 'alexa-appkit.amazon.com' }),
      InvokedViaFunctionUrl: to(true),
    },
  },
  'AWS::Lambda::EventSourceMapping': {
    beside: {
      ...{ Role: full, 'Function~': fn, 'Other~': fn, 'Queue~': queue, 'Second~': queue },
      Stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
    },
    base: { FunctionName: ref('Function~'), EventSourceArn: att('Queue~', 'Arn') },
    changes: {
      FunctionName: to(ref('Other~')),
      EventSourceArn: to(att('Second~', 'Arn')),
      BatchSize: to(5),
      Enabled: to(false),
      FilterCriteria: to({ Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] }),
      FunctionResponseTypes: to(['ReportBatchItemFailures']),
      MaximumBatchingWindowInSeconds: to(2),
      ScalingConfig: to({ MaximumConcurrency: 3 }),
      ProvisionedPollerConfig: to({ MinimumPollers: 2, MaximumPollers: 5 }),
      Tags: to(tags),
      ParallelizationFactor: to(2, streamed),
      BisectBatchOnFunctionError: to(true, streamed),
      MaximumRetryAttempts: to(5, streamed),
      MaximumRecordAgeInSeconds: to(120, streamed),
      TumblingWindowInSeconds: to(30, streamed),
      DestinationConfig: to({ OnFailure: { Destination: att('Second~', 'Arn') } }, streamed),
    },
    still: {
      StartingPosition: 'Its replacement would be of the same function and stream: lambda-cloudformation.test.ts.',
    },
  },
  'AWS::Lambda::EventInvokeConfig': {
    beside: { Role: full, 'Function~': fn, 'Other~': fn, 'Version~': version('Function~'), Queue: queue },
    base: { FunctionName: ref('Function~'), Qualifier: '$LATEST', MaximumRetryAttempts: 2 },
    changes: {
      FunctionName: to(ref('Other~')),
      Qualifier: to(att('Version~', 'Version')),
      MaximumRetryAttempts: to(1),
      MaximumEventAgeInSeconds: to(120),
      DestinationConfig: to({ OnFailure: { Destination: att('Queue', 'Arn') } }),
    },
  },
  'AWS::Lambda::Url': {
    beside: { Role: full, 'Function~': fn, 'Other~': fn, 'Alias~': alias() },
    base: { TargetFunctionArn: ref('Function~'), AuthType: 'NONE' },
    changes: {
      TargetFunctionArn: to(ref('Other~')),
      Qualifier: to('live', { TargetFunctionArn: att('Function~', 'Arn') }),
      AuthType: to('AWS_IAM'),
      Cors: to({ AllowOrigins: ['https://example.com'] }),
      InvokeMode: to('RESPONSE_STREAM'),
    },
  },
  'AWS::Lambda::CodeSigningConfig': {
    base: { AllowedPublishers: signing('one') },
    changes: {
      AllowedPublishers: to(signing('two')),
      CodeSigningPolicies: to({ UntrustedArtifactOnDeployment: 'Enforce' }),
      Description: to('of the team'),
      Tags: to(tags),
    },
  },
  'AWS::Lambda::ResourcePolicy': {
    beside: { Role: full, 'Function~': fn, 'Other~': fn },
    base: {
      ResourceArn: att('Function~', 'Arn'),
      PolicyDocument: policy('lambda:InvokeFunction', att('Function~', 'Arn')),
    },
    changes: { PolicyDocument: to(policy('lambda:GetFunction', att('Function~', 'Arn'))) },
    still: { ResourceArn: 'The document names the function too.' },
  },
}

function alias() {
  return {
    Type: 'AWS::Lambda::Alias',
    Properties: { FunctionName: ref('Function~'), FunctionVersion: '$LATEST', Name: 'live' },
  }
}
