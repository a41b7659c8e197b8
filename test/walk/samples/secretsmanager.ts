import { att, functionOf, policy, ref, roleOf, type Samples, tags, to } from '../sample.ts'

const secret = { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'a' } }

const mayCall = (FunctionName: string) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:InvokeFunction',
    FunctionName: ref(FunctionName),
    Principal: 'secretsmanager.amazonaws.com',
  },
})

export const secretsmanager: Samples = {
  'AWS::SecretsManager::Secret': {
    beside: { Key: { Type: 'AWS::KMS::Key' } },
    base: { SecretString: 'one' },
    changes: {
      Name: to('walked-secret'),
      Description: to('for orders'),
      KmsKeyId: to(ref('Key')),
      SecretString: to('two'),
      GenerateSecretString: to({ PasswordLength: 40 }, { SecretString: undefined, GenerateSecretString: {} }),
      Tags: to(tags),
    },
    unread: {
      SecretString: 'The value of a secret is not read to compare settings.',
      GenerateSecretString: 'The value of a secret is not read to compare settings.',
    },
  },
  'AWS::SecretsManager::RotationSchedule': {
    beside: {
      Role: roleOf('lambda.amazonaws.com'),
      Function: functionOf('Role'),
      Second: functionOf('Role'),
      FunctionPermission: mayCall('Function'),
      SecondPermission: mayCall('Second'),
      'Secret~': { ...secret, DependsOn: ['FunctionPermission', 'SecondPermission'] },
      'Other~': secret,
    },
    base: {
      SecretId: ref('Secret~'),
      RotationLambdaARN: att('Function', 'Arn'),
      RotationRules: { AutomaticallyAfterDays: 30 },
      RotateImmediatelyOnUpdate: false,
    },
    changes: {
      SecretId: to(ref('Other~')),
      RotationLambdaARN: to(att('Second', 'Arn')),
      RotationRules: to({ ScheduleExpression: 'cron(0 16 1 * ? *)', Duration: '2h' }),
    },
    still: { RotateImmediatelyOnUpdate: 'It says what an update does, and is nothing of what there is then.' },
    unread: { RotateImmediatelyOnUpdate: 'It says what an update does, and is nothing of what there is then.' },
  },
  'AWS::SecretsManager::ResourcePolicy': {
    beside: { 'Secret~': secret, 'Other~': secret },
    base: { SecretId: ref('Secret~'), ResourcePolicy: policy('secretsmanager:GetSecretValue') },
    changes: {
      SecretId: to(ref('Other~')),
      ResourcePolicy: to(policy('secretsmanager:DescribeSecret')),
      BlockPublicPolicy: to(true),
    },
    unread: { BlockPublicPolicy: 'It is for the call that sets a policy.' },
  },
}
