import { address, type Sample, type SampleSetting } from './sample.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function objectEvent({ at, region }: SampleSetting, eventName: string, object: object) {
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: region,
        eventTime: at.toISOString(),
        eventName,
        userIdentity: { principalId: 'AWS:AIDAEXAMPLEUSER00001' },
        requestParameters: { sourceIPAddress: address },
        responseElements: { 'x-amz-request-id': 'D82B88E5F771F645', 'x-amz-id-2': 'vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQ' },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'uploads',
          bucket: {
            name: 'orders-receipts',
            ownerIdentity: { principalId: 'A3I5XTEXAMAI3E' },
            arn: 'arn:aws:s3:::orders-receipts',
          },
          object: { key: 'receipts/order+42.txt', sequencer: '0A1B2C3D4E5F678901', ...object },
        },
      },
    ],
  }
}

/** https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html */
function userPoolEvent({ region, newId }: SampleSetting, triggerSource: string, request: object, response: object) {
  const userName = newId()
  return {
    version: '1',
    triggerSource,
    region,
    userPoolId: `${region}_aBcDeFgHi`,
    userName,
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: '1example23456789abcdefghij' },
    request: {
      userAttributes: { sub: userName, email: 'ada@example.com', email_verified: 'false' },
      ...request,
    },
    response,
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html */
function alarmEvent({ at, region, account, newId }: SampleSetting) {
  const time = at.toISOString().replace('Z', '+0000')
  const metric = { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: 'orders' } }
  const metricStat = { metric, period: 60, stat: 'Sum' }
  return {
    source: 'aws.cloudwatch',
    alarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:orders-fail`,
    accountId: account,
    time,
    region,
    alarmData: {
      alarmName: 'orders-fail',
      state: {
        value: 'ALARM',
        reason: 'Threshold Crossed: 1 datapoint was greater than the threshold.',
        timestamp: time,
      },
      previousState: { value: 'OK', reason: 'Threshold Crossed: no datapoint was.', timestamp: time },
      configuration: { metrics: [{ id: newId(), metricStat, returnData: true }] },
    },
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-create.html */
function resourceRequest({ region, account, newId }: SampleSetting) {
  return {
    RequestType: 'Create',
    ServiceToken: `arn:aws:lambda:${region}:${account}:function:sample`,
    ResponseURL: 'http://127.0.0.1:9/nobody-waits-for-the-answer-to-a-sample',
    StackId: `arn:aws:cloudformation:${region}:${account}:stack/orders/${newId()}`,
    RequestId: newId(),
    LogicalResourceId: 'Seed',
    ResourceType: 'Custom::Seed',
    ResourceProperties: { ServiceToken: `arn:aws:lambda:${region}:${account}:function:sample`, Table: 'orders' },
  }
}

const cognito =
  'https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html'

export const resources: Readonly<Record<string, Sample>> = {
  s3: {
    summary: 'an object that was put into an S3 bucket (its key is URL-encoded, as S3 does)',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html',
    takesBody: false,
    make: (setting) =>
      objectEvent(setting, 'ObjectCreated:Put', { size: 1024, eTag: 'd41d8cd98f00b204e9800998ecf8427e' }),
  },
  's3-delete': {
    summary: 'an object that was deleted from an S3 bucket',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html',
    takesBody: false,
    make: (setting) => objectEvent(setting, 'ObjectRemoved:Delete', {}),
  },
  alarm: {
    summary: 'what a CloudWatch alarm tells a function when it goes off',
    source: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html',
    takesBody: false,
    make: alarmEvent,
  },
  'custom-resource': {
    summary: 'what CloudFormation asks for when a stack has a custom resource',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-create.html',
    takesBody: false,
    make: resourceRequest,
  },
  'cognito-presignup': {
    summary: 'someone is about to sign up to a user pool',
    source: cognito,
    takesBody: false,
    make: (setting) =>
      userPoolEvent(
        setting,
        'PreSignUp_SignUp',
        { validationData: null },
        { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
      ),
  },
  'cognito-postconfirmation': {
    summary: 'someone confirmed the account in a user pool',
    source: cognito,
    takesBody: false,
    make: (setting) => userPoolEvent(setting, 'PostConfirmation_ConfirmSignUp', {}, {}),
  },
  'cognito-pretoken': {
    summary: 'a user pool is about to make tokens',
    source: cognito,
    takesBody: false,
    make: (setting) =>
      userPoolEvent(
        setting,
        'TokenGeneration_Authentication',
        { groupConfiguration: { groupsToOverride: [], iamRolesToOverride: [], preferredRole: null } },
        { claimsOverrideDetails: null },
      ),
  },
}
