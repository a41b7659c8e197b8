import { ref, roleOf, type Samples, tags, to } from '../sample.ts'

const trust = roleOf('lambda.amazonaws.com').Properties.AssumeRolePolicyDocument
const document = (Action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
})
const inline = (Action: string) => [{ PolicyName: 'inline', PolicyDocument: document(Action) }]
const managed = { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document('s3:ListBucket') } }
const [user, group, role] = [{ Type: 'AWS::IAM::User' }, { Type: 'AWS::IAM::Group' }, roleOf('lambda.amazonaws.com')]
const common = {
  ManagedPolicyArns: to([ref('Managed')]),
  Policies: to(inline('sqs:SendMessage')),
}
const bounded = { PermissionsBoundary: to(ref('Managed')), Tags: to(tags) }
const on = { Users: to([ref('User')]), Groups: to([ref('Group')]), Roles: to([ref('Role')]) }
const own = (kind: 'User' | 'Group' | 'Role', of: object) => ({
  beside: { 'Subject~': of, 'Other~': of },
  base: { PolicyName: 'own-~', PolicyDocument: document('s3:GetObject'), [`${kind}Name`]: ref('Subject~') },
  changes: {
    PolicyName: to('renamed'),
    PolicyDocument: to(document('s3:PutObject')),
    [`${kind}Name`]: to(ref('Other~')),
  },
})

export const iam: Samples = {
  'AWS::IAM::Role': {
    beside: { Managed: managed },
    base: { AssumeRolePolicyDocument: trust },
    changes: {
      ...common,
      ...bounded,
      AssumeRolePolicyDocument: to(roleOf('events.amazonaws.com').Properties.AssumeRolePolicyDocument),
      Description: to('of functions'),
      MaxSessionDuration: to(7_200),
      Path: to('/team/'),
      RoleName: to('walked-role'),
    },
  },
  'AWS::IAM::User': {
    beside: { Managed: managed, Group: group },
    base: {},
    changes: { ...common, ...bounded, Groups: to([ref('Group')]), Path: to('/team/'), UserName: to('walked-user') },
  },
  'AWS::IAM::Group': {
    beside: { Managed: managed },
    base: {},
    changes: { ...common, Path: to('/team/'), GroupName: to('walked-group') },
  },
  'AWS::IAM::Policy': {
    beside: { User: user, Group: group, Role: role, 'First~': user },
    base: { PolicyName: 'policy-~', PolicyDocument: document('s3:GetObject'), Users: [ref('First~')] },
    changes: {
      ...on,
      Users: to([ref('First~'), ref('User')]),
      PolicyName: to('renamed'),
      PolicyDocument: to(document('s3:PutObject')),
    },
    oneWay: { PolicyName: 'Under another name it is another policy.' },
  },
  'AWS::IAM::ManagedPolicy': {
    beside: { User: user, Group: group, Role: role },
    base: { PolicyDocument: document('s3:GetObject') },
    changes: {
      ...on,
      Description: to('reading'),
      ManagedPolicyName: to('walked-policy'),
      Path: to('/team/'),
      PolicyDocument: to(document('s3:PutObject')),
    },
  },
  'AWS::IAM::UserPolicy': own('User', user),
  'AWS::IAM::GroupPolicy': own('Group', group),
  'AWS::IAM::RolePolicy': own('Role', role),
  'AWS::IAM::AccessKey': {
    beside: { 'User~': user, 'Other~': user },
    base: { UserName: ref('User~') },
    changes: {
      Serial: to(2, { Serial: 1 }),
      Status: to('Inactive'),
      UserName: to(ref('Other~')),
    },
    unread: { Serial: 'It is the template that counts.' },
  },
  'AWS::IAM::InstanceProfile': {
    beside: { Role: role, Other: role },
    base: { Roles: [ref('Role')] },
    changes: { InstanceProfileName: to('walked-profile'), Path: to('/team/'), Roles: to([ref('Other')]) },
  },
  'AWS::IAM::ServiceLinkedRole': {
    base: { AWSServiceName: 'ops.apigateway.amazonaws.com' },
    changes: {},
    still: {
      AWSServiceName: 'There is one role of each service: iam-templates.test.ts has others.',
      CustomSuffix: 'Services here take none.',
      Description: 'There is one role of each service, which a replacement would be the second of.',
    },
  },
  'AWS::IAM::UserToGroupAddition': {
    beside: { 'Group~': group, 'Other~': group, User: user, Second: user },
    base: { GroupName: ref('Group~'), Users: [ref('User')] },
    changes: { GroupName: to(ref('Other~')), Users: to([ref('User'), ref('Second')]) },
    oneWay: { GroupName: 'Who is in another group is not in this one.' },
  },
}
