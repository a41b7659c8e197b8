import { policy, ref, type Samples, tags, to } from '../sample.ts'

const secret = { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'a' } }

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
