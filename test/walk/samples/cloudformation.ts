import { att, policy, ref, roleOf, type Samples, tags, to } from '../sample.ts'

const mayDo = (Action: string) => [
  {
    PolicyName: 'all',
    PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] },
  },
]
const administrator = {
  Type: 'AWS::IAM::Role',
  Properties: { ...roleOf('cloudformation.amazonaws.com').Properties, Policies: mayDo('sts:AssumeRole') },
}
const { Statement } = policy('sts:AssumeRole')
const executor = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: Statement.map(({ Resource: _, ...statement }) => statement),
    },
    Policies: mayDo('*'),
  },
}
const TemplateBody = (delay: number) =>
  JSON.stringify({
    Parameters: { Word: { Type: 'String', Default: 'a' } },
    Resources: {
      Queue: {
        Type: 'AWS::SQS::Queue',
        Properties: { DelaySeconds: delay, Tags: [{ Key: 'word', Value: { Ref: 'Word' } }] },
      },
    },
  })
const group = (Regions: readonly string[], word: string) => ({
  DeploymentTargets: { Accounts: [ref('AWS::AccountId')] },
  Regions,
  ParameterOverrides: [{ ParameterKey: 'Word', ParameterValue: word }],
})

export const cloudformation: Samples = {
  'AWS::CloudFormation::StackSet': {
    beside: { Admin: administrator, Other: administrator, Executor: executor, Second: executor },
    base: {
      StackSetName: 'walked-~',
      PermissionModel: 'SELF_MANAGED',
      TemplateBody: TemplateBody(1),
      AdministrationRoleARN: att('Admin', 'Arn'),
      ExecutionRoleName: ref('Executor'),
    },
    changes: {
      StackSetName: to('walked-renamed'),
      Description: to('what it is for'),
      TemplateBody: to(TemplateBody(2), { StackInstancesGroup: [group(['us-east-1'], 'b')] }),
      Parameters: to([{ ParameterKey: 'Word', ParameterValue: 'b' }]),
      Capabilities: to(['CAPABILITY_IAM']),
      Tags: to(tags),
      AdministrationRoleARN: to(att('Other', 'Arn')),
      ExecutionRoleName: to(ref('Second')),
      ManagedExecution: to({ Active: true }),
      OperationPreferences: to({ FailureToleranceCount: 1 }),
      StackInstancesGroup: to([group(['us-east-1', 'eu-west-1'], 'c'), group(['sa-east-1'], 'd')]),
    },
    unread: { OperationPreferences: 'They are those of each operation, not of the set.' },
    oneWay: { Description: 'UpdateStackSet without a description leaves the one that there is.' },
    still: {
      CallAs: 'There is SELF alone without AWS Organizations.',
      PermissionModel: 'There is SELF_MANAGED alone without AWS Organizations.',
      TemplateURL: 'It comes from a bucket: cloudformation-stacksets.test.ts.',
    },
  },
}
