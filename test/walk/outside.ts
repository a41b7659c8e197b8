import * as apigateway from '@aws-sdk/client-api-gateway'
import * as apigatewayv2 from '@aws-sdk/client-apigatewayv2'
import * as cloudformation from '@aws-sdk/client-cloudformation'
import * as cloudwatch from '@aws-sdk/client-cloudwatch'
import * as logs from '@aws-sdk/client-cloudwatch-logs'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as ec2 from '@aws-sdk/client-ec2'
import * as ecr from '@aws-sdk/client-ecr'
import * as events from '@aws-sdk/client-eventbridge'
import * as firehose from '@aws-sdk/client-firehose'
import * as iam from '@aws-sdk/client-iam'
import * as kinesis from '@aws-sdk/client-kinesis'
import * as kms from '@aws-sdk/client-kms'
import * as lambda from '@aws-sdk/client-lambda'
import * as pipes from '@aws-sdk/client-pipes'
import * as s3 from '@aws-sdk/client-s3'
import * as scheduler from '@aws-sdk/client-scheduler'
import * as secretsmanager from '@aws-sdk/client-secrets-manager'
import * as sns from '@aws-sdk/client-sns'
import * as sqs from '@aws-sdk/client-sqs'
import * as ssm from '@aws-sdk/client-ssm'
import { awsError } from '../../src/kernel/errors.ts'
import type { ResourceCtx } from '../../src/kernel/resource.ts'
import type { TestNode } from '../harness.ts'

interface Sender {
  send(command: unknown): Promise<object>
}

/** A package of the SDK, as far as it is used by name: its client and its commands. */
type Sdk = Readonly<Record<string, unknown>>
type Constructor = new (input: object) => unknown

const sdks: Readonly<Record<string, readonly [Sdk, string]>> = {
  apigateway: [apigateway, 'APIGatewayClient'],
  apigatewayv2: [apigatewayv2, 'ApiGatewayV2Client'],
  cloudformation: [cloudformation, 'CloudFormationClient'],
  cloudwatch: [cloudwatch, 'CloudWatchClient'],
  dynamodb: [dynamodb, 'DynamoDBClient'],
  ec2: [ec2, 'EC2Client'],
  ecr: [ecr, 'ECRClient'],
  events: [events, 'EventBridgeClient'],
  firehose: [firehose, 'FirehoseClient'],
  iam: [iam, 'IAMClient'],
  kinesis: [kinesis, 'KinesisClient'],
  kms: [kms, 'KMSClient'],
  lambda: [lambda, 'LambdaClient'],
  logs: [logs, 'CloudWatchLogsClient'],
  pipes: [pipes, 'PipesClient'],
  s3: [s3, 'S3Client'],
  scheduler: [scheduler, 'SchedulerClient'],
  secretsmanager: [secretsmanager, 'SecretsManagerClient'],
  sns: [sns, 'SNSClient'],
  sqs: [sqs, 'SQSClient'],
  ssm: [ssm, 'SSMClient'],
}

const clients = new WeakMap<TestNode, Map<string, Sender>>()

/** What a resource type works with, outside of any stack: whatever it does goes to the node as a client's requests. */
export function outside(node: TestNode, { name, logicalId }: { name: string; logicalId: string }): ResourceCtx {
  return {
    account: '000000000000',
    region: 'us-east-1',
    stackId: 'none',
    stackName: 'outside',
    logicalId,
    type: name,
    restoring: false,
    clientToken: `outside-${logicalId}`.padEnd(32, '0'),
    baseUrl: node.endpoint,
    tags: {},
    previousTags: {},
    nowMs: node.clock.nowMs(),
    signal: AbortSignal.timeout(60_000),
    name: () => `outside-${logicalId}`,
    created: () => undefined,
    write: async () => Promise.reject(new Error('outside of a stack, only what operations do can be done')),
    async sleepUntil() {
      node.clock.advance(100)
      await new Promise((done) => setTimeout(done, 5))
    },
    found: async () => undefined,
    answerUrl: () => node.endpoint,
    async invoke<O>(operation: string, input: object): Promise<O> {
      const [service = '', action = ''] = operation.split(':')
      const [sdk, client] = sdks[service]!
      const mine = clients.get(node) ?? new Map<string, Sender>()
      clients.set(node, mine)
      if (!mine.has(service)) mine.set(service, node.client(sdk[client] as new (config: object) => Sender))
      const Command = sdk[`${action}Command`] as Constructor
      return (await mine
        .get(service)!
        .send(new Command(input))
        .catch((error: Error) => {
          throw awsError(error.name, error.message)
        })) as O
    },
  }
}
