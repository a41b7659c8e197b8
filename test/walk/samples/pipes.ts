import { att, type Samples, to } from '../sample.ts'

const queue = { Type: 'AWS::SQS::Queue' }
const trusting = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'pipes.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}
const role = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: trusting,
    Policies: [
      {
        PolicyName: 'all',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'sqs:*', Resource: '*' }],
        },
      },
    ],
  },
}
const functionRole = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      ...trusting,
      Statement: [{ ...trusting.Statement[0], Principal: { Service: 'lambda.amazonaws.com' } }],
    },
  },
}
const enriching = {
  Type: 'AWS::Lambda::Function',
  Properties: {
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: att('FunctionRole', 'Arn'),
    Code: { ZipFile: 'exports.handler = async (events) => events' },
  },
}

export const pipes: Samples = {
  'AWS::Pipes::Pipe': {
    beside: {
      Source: queue,
      OtherSource: queue,
      Target: queue,
      OtherTarget: queue,
      Role: role,
      OtherRole: role,
      FunctionRole: functionRole,
      Enriching: enriching,
    },
    base: { Source: att('Source', 'Arn'), Target: att('Target', 'Arn'), RoleArn: att('Role', 'Arn') },
    changes: {
      Name: to('walked-pipe'),
      Description: to('orders'),
      DesiredState: to('STOPPED'),
      Source: to(att('OtherSource', 'Arn')),
      SourceParameters: to({ FilterCriteria: { Filters: [{ Pattern: '{"body":{"a":[1]}}' }] } }),
      Enrichment: to(att('Enriching', 'Arn')),
      EnrichmentParameters: to({ InputTemplate: '{"a": <$.body.a>}' }),
      Target: to(att('OtherTarget', 'Arn')),
      TargetParameters: to({ InputTemplate: '{"b": <$.body.a>}' }),
      RoleArn: to(att('OtherRole', 'Arn')),
      KmsKeyIdentifier: to('arn:aws:kms:us-east-1:000000000000:key/0123abcd'),
      Tags: to({ team: 'a' }),
    },
  },
}
