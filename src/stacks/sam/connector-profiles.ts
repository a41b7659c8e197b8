import type { Value, ValueMap } from '../value.ts'

/** What may be said of the two ends of a connector. What the ends do not have is undefined: who needs it refuses that. */
export interface End {
  readonly type: string
  /** Absent for one that is described by its ARN alone. */
  readonly id?: string
  readonly arn?: Value | undefined
  /** Of the role that it runs as. */
  readonly roleName?: Value | undefined
  readonly queueUrl?: Value | undefined
  readonly resourceId?: Value | undefined
  /** The part of an API that is meant. */
  readonly qualifier?: Value | undefined
}

/** Which of the two something is of. */
export type Side = 'Source' | 'Destination'
export type Category = 'Read' | 'Write'

interface Statement {
  readonly actions: readonly string[]
  /** Of whose ARN, and with what behind it. */
  readonly of: Side
  readonly suffixes: readonly string[]
}

/** What lets the one end use the other. */
export type Profile =
  | {
      /** A policy of the role of one of them. */
      readonly kind: 'role'
      readonly of: Side
      readonly grants: Readonly<Partial<Record<Category, Statement>>>
      /** The mapping between the two waits for the policy. */
      readonly mapped?: true
      /** Only all of them together are of use. */
      readonly together?: true
    }
  | { readonly kind: 'queue' | 'topic'; readonly principal: string; readonly action: string }
  | { readonly kind: 'function'; readonly principal: string; readonly account?: true; readonly api?: true }

const grant = (service: string, actions: string, of: Side = 'Destination', suffixes = ['']): Statement => ({
  actions: actions.split(' ').map((action) => `${service}:${action}`),
  of,
  suffixes,
})
const called = (service: string): Profile => ({ kind: 'function', principal: `${service}.amazonaws.com` })
const sent = (service: string): Profile => ({
  kind: 'queue',
  principal: `${service}.amazonaws.com`,
  action: 'sqs:SendMessage',
})
const putEvents: Profile = { kind: 'role', of: 'Source', grants: { Write: grant('events', 'PutEvents') } }
const api: Profile = { kind: 'function', principal: 'apigateway.amazonaws.com', api: true }

const readObjects =
  'GetObject GetObjectAcl GetObjectLegalHold GetObjectRetention GetObjectTorrent GetObjectVersion GetObjectVersionAcl ' +
  'GetObjectVersionForReplication GetObjectVersionTorrent ListBucket ListBucketMultipartUploads ListBucketVersions ' +
  'ListMultipartUploadParts'
const writeObjects =
  'AbortMultipartUpload DeleteObject DeleteObjectVersion PutObject PutObjectLegalHold PutObjectRetention RestoreObject'

/**
 * By the types of source and destination, of those that there are here. The policies are published:
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html
 */
export const profiles: Readonly<Record<string, Readonly<Record<string, Profile>>>> = {
  'AWS::Lambda::Function': {
    'AWS::Lambda::Function': {
      kind: 'role',
      of: 'Source',
      grants: { Write: grant('lambda', 'InvokeAsync InvokeFunction') },
    },
    'AWS::S3::Bucket': {
      kind: 'role',
      of: 'Source',
      grants: {
        Read: grant('s3', readObjects, 'Destination', ['', '/*']),
        Write: grant('s3', writeObjects, 'Destination', ['', '/*']),
      },
    },
    'AWS::DynamoDB::Table': {
      kind: 'role',
      of: 'Source',
      grants: {
        Read: grant('dynamodb', 'GetItem Query Scan BatchGetItem ConditionCheckItem PartiQLSelect', 'Destination', [
          '',
          '/index/*',
        ]),
        Write: grant(
          'dynamodb',
          'PutItem UpdateItem DeleteItem BatchWriteItem PartiQLDelete PartiQLInsert PartiQLUpdate',
          'Destination',
          ['', '/index/*'],
        ),
      },
    },
    'AWS::SQS::Queue': {
      kind: 'role',
      of: 'Source',
      grants: {
        Read: grant('sqs', 'ReceiveMessage GetQueueAttributes'),
        Write: grant('sqs', 'DeleteMessage SendMessage ChangeMessageVisibility PurgeQueue'),
      },
    },
    'AWS::SNS::Topic': { kind: 'role', of: 'Source', grants: { Write: grant('sns', 'Publish') } },
    'AWS::Events::EventBus': putEvents,
  },
  'AWS::DynamoDB::Table': {
    'AWS::Lambda::Function': {
      kind: 'role',
      of: 'Destination',
      mapped: true,
      grants: {
        Read: grant('dynamodb', 'DescribeStream GetRecords GetShardIterator ListStreams', 'Source', ['/stream/*']),
      },
    },
  },
  'AWS::SQS::Queue': {
    'AWS::Lambda::Function': {
      kind: 'role',
      of: 'Destination',
      mapped: true,
      together: true,
      grants: {
        Write: grant('sqs', 'DeleteMessage', 'Source'),
        Read: grant('sqs', 'ReceiveMessage GetQueueAttributes', 'Source'),
      },
    },
  },
  'AWS::Events::Rule': {
    'AWS::SNS::Topic': { kind: 'topic', principal: 'events.amazonaws.com', action: 'sns:Publish' },
    'AWS::SQS::Queue': sent('events'),
    'AWS::Events::EventBus': putEvents,
    'AWS::Lambda::Function': called('events'),
  },
  'AWS::SNS::Topic': { 'AWS::SQS::Queue': sent('sns'), 'AWS::Lambda::Function': called('sns') },
  'AWS::S3::Bucket': { 'AWS::Lambda::Function': { kind: 'function', principal: 's3.amazonaws.com', account: true } },
  'AWS::ApiGateway::RestApi': { 'AWS::Lambda::Function': api },
  'AWS::ApiGatewayV2::Api': { 'AWS::Lambda::Function': api },
}

/** A text with something put behind a value that may be known only when it is there. */
export function joined(name: string, value: Value, suffix: string): Value {
  return suffix === '' ? value : { 'Fn::Sub': [`\${${name}}${suffix}`, { [name]: value }] }
}

/** What `service` may do with a resource on behalf of one other. */
export function onBehalf(service: string, action: string, resource: Value, source: Value): ValueMap {
  return {
    Effect: 'Allow',
    Principal: { Service: service },
    Resource: resource,
    Action: action,
    Condition: { ArnEquals: { 'aws:SourceArn': source } },
  }
}
