import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Cors, LambdaRestApi } from 'aws-cdk-lib/aws-apigateway'
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Queue } from 'aws-cdk-lib/aws-sqs'

const app = new App()
const env = { account: '000000000000', region: 'us-east-1' }
const stack = new Stack(app, 'Shop', { env })
const store = new Stack(app, 'Store', { env })
new Queue(store, 'Audit')
// What is moved has another name, or is in the other stack.
const moved = app.node.tryGetContext('moved') !== undefined
const orders = new Table(moved ? store : stack, 'Orders', {
  partitionKey: { name: 'id', type: AttributeType.STRING },
  removalPolicy: RemovalPolicy.DESTROY,
})
const receipts = new Bucket(stack, 'Receipts', { removalPolicy: RemovalPolicy.DESTROY, enforceSSL: true })
const intake = new Queue(stack, 'Intake', {
  visibilityTimeout: Duration.seconds(60),
  deadLetterQueue: { queue: new Queue(stack, moved ? 'Lost' : 'Dead'), maxReceiveCount: 3 },
})
const code = Code.fromAsset('code')
const environment = {
  TABLE: orders.tableName,
  QUEUE: intake.queueUrl,
  GREETING: app.node.tryGetContext('greeting') ?? 'hello',
}
const runtime = Runtime.NODEJS_22_X
const take = new LambdaFunction(stack, 'Take', { runtime, code, handler: 'shop.take', environment })
const keep = new LambdaFunction(stack, 'Keep', { runtime, code, handler: 'shop.keep', environment })
intake.grantSendMessages(take)
orders.grantWriteData(keep)
receipts.grantPut(keep)
keep.addEventSource(new SqsEventSource(intake, { batchSize: 1 }))
const api = new LambdaRestApi(stack, 'Api', {
  handler: take,
  defaultCorsPreflightOptions: { allowOrigins: Cors.ALL_ORIGINS },
})
new CfnOutput(stack, 'Table', { value: orders.tableName })
new CfnOutput(stack, 'ApiId', { value: api.restApiId })
