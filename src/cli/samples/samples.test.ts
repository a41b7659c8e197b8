import { describe, expect, test } from 'vitest'
import { hasPublishedEvents, publishedEvent } from '../../../test/published-event.ts'
import { samples } from './samples.ts'

const setting = { at: new Date(0), region: 'us-east-1', account: '000000000000', body: '{}', newId: () => 'id' }
const make = (name: string) => samples[name]?.make(setting)

/** What may or may not be there: maps whose names are the user's, and what only some requests have. */
const open =
  /\.(headers|multiValueHeaders|queryStringParameters|multiValueQueryStringParameters|pathParameters|stageVariables|cookies|authentication|authorizer|identity|clientMetadata|validationData|userIdentity|kinesisRecordMetadata|sourceKinesisStreamArn|versionId|messageAttributes|md5OfMessageAttributes|dmarcPolicy|attributes|NewImage|OldImage|Keys|userAttributes|claimsOverrideDetails)\b/i

/** The paths of all members. */
function paths(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => paths(one, at))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [`${at}.${name}`, ...paths(inner, `${at}.${name}`)])
}

test('every source that calls functions here has a sample', () => {
  const sources = [
    ...['apigateway-v1', 'apigateway-v2', 'authorizer-token', 'authorizer-request', 'authorizer-v2', 'function-url'],
    ...['sqs', 'sns', 'eventbridge', 'schedule', 'dynamodb', 'logs', 's3', 'alarm', 'custom-resource'],
  ]
  expect(sources.filter((name) => !(name in samples))).toEqual([])
})

describe.runIf(hasPublishedEvents)('as they are published', () => {
  test.each([
    ['apigateway-v1', 'apigw-request'],
    ['apigateway-v2', 'apigw-v2-request-no-authorizer'],
    ['apigateway-websocket', 'apigw-websocket-request-send-message'],
    ['authorizer-token', 'apigw-custom-auth-request'],
    ['authorizer-request', 'apigw-custom-auth-request-type-request'],
    ['authorizer-v2', 'apigw-v2-custom-authorizer-v2-request'],
    ['function-url', 'lambda-urls-request'],
    ['alb', 'alb-lambda-target-request-headers-only'],
    ['sqs', 'sqs-event'],
    ['sns', 'sns-event'],
    ['ses', 'ses-lambda-event'],
    ['kinesis', 'kinesis-event'],
    ['dynamodb', 'dynamodb-event'],
    ['firehose', 'kinesis-firehose-event'],
    ['logs', 'cloudwatch-logs-event'],
    ['s3', 's3-event'],
    ['cognito-presignup', 'cognito-event-userpools-presignup'],
    ['cognito-postconfirmation', 'cognito-event-userpools-postconfirmation'],
    ['cognito-pretoken', 'cognito-event-userpools-pretokengen'],
  ])('%s has what %s has', (name, published) => {
    const ours = new Set(paths(make(name)))
    const wanted = paths(publishedEvent(published)).filter((path) => !open.test(path))
    expect(wanted.length).toBeGreaterThan(1)
    expect(wanted.filter((path) => !ours.has(path))).toEqual([])
  })
})
