import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { LambdaClient, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test } from 'vitest'
import { call, makeFunction } from '../wire/lambda-support.ts'
import { killableNode } from './killable.ts'

/** Says that it began, and ends when there is a queue called `go`: the call that is killed never does, the next one does. */
const handler = (
  begun: string,
) => `const { GetQueueUrlCommand, SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
  const sqs = new SQSClient({})
  const mayGo = () => sqs.send(new GetQueueUrlCommand({ QueueName: 'go' })).then(() => true, () => false)
  exports.handler = async (event, context) => {
    await sqs.send(new SendMessageCommand({ QueueUrl: '${begun}', MessageBody: context.awsRequestId }))
    while (!(await mayGo())) await new Promise((resolve) => setTimeout(resolve, 100))
    return 'done'
  }`

test('a node that is killed while a function has an event gives it to the function again, and tells the destination', async () => {
  await using node = await killableNode()
  const Statement = { Effect: 'Allow', Action: 'sqs:*', Resource: '*' }
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const policy = (one: object) => JSON.stringify({ Version: '2012-10-17', Statement: one })
  const iam = node.client(IAMClient)
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: policy(trust) }))
  await iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'p', PolicyDocument: policy(Statement) }))
  const queue = async (QueueName: string) =>
    (await node.client(SQSClient).send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? ''
  const [begun, told] = [await queue('begun'), await queue('told')]
  const next = async (QueueUrl: string) => {
    const asked = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 })
    for (;;) {
      const { Messages } = await node.client(SQSClient).send(asked)
      if (Messages?.[0]) return Messages[0].Body ?? ''
    }
  }
  await makeFunction(node.client(LambdaClient), 'endless', Role?.Arn ?? '', handler(begun), {
    Timeout: 90,
    MemorySize: 256,
  })
  await node.client(LambdaClient).send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName: 'endless',
      DestinationConfig: { OnSuccess: { Destination: 'arn:aws:sqs:us-east-1:000000000000:told' } },
    }),
  )
  const event = { order: 1 }
  expect((await call(node.client(LambdaClient), 'endless', event, { InvocationType: 'Event' })).status).toBe(202)
  const requestId = await next(begun)
  await node.kill()
  await node.start()
  await queue('go')
  // Past the lease that the killed node had on the event.
  await fetch(`${node.endpoint}/_landfall/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advanceMs: 120_000 }),
  })
  expect(await next(begun)).toBe(requestId)
  expect(JSON.parse(await next(told))).toMatchObject({
    version: '1.0',
    requestContext: { requestId, condition: 'Success' },
    requestPayload: event,
    responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    responsePayload: 'done',
  })
})
