/** Asks for jobs over HTTP and sees them done, repeated, failed, told of and removed, on a node of its own. */
import { join } from 'node:path'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test, vi } from 'vitest'
import { deployedService, soon } from '../../deployed.ts'

const service = deployedService(join(import.meta.dirname, '..'))
const job = (id: string) => service.url('PUT /jobs/{id}', { id })
const put = async (id: string, body: unknown) => {
  // As curl puts it, which the API gives to the function as base64.
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const response = await fetch(job(id), { method: 'PUT', headers, body: JSON.stringify(body) })
  return [response.status, await response.json()]
}
const becomes = (id: string, expected: object) =>
  vi.waitFor(async () => expect(await (await fetch(job(id))).json()).toMatchObject(expected), soon)

const payments = [
  { amount: 10, currency: 'EUR' },
  { amount: 20, currency: 'USD' },
]

/** A queue that gets what is published to a topic. */
async function subscribedQueue(TopicArn: string): Promise<string> {
  const sqs = service.client(SQSClient)
  const QueueName = 'alerts'
  const Endpoint = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`
  const Statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: Endpoint }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { Policy } }))
  await service.client(SNSClient).send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }))
  return QueueUrl!
}

test('a job is done in the background, once, and is the same when it is asked for again', async () => {
  expect(await put('march', { payments })).toEqual([202, expect.objectContaining({ id: 'march', state: 'waiting' })])
  await becomes('march', { state: 'done', attempts: 1, result: { euros: 28.4 } })
  expect(await put('march', { payments })).toEqual([202, expect.objectContaining({ result: { euros: 28.4 } })])
  expect(await put('march', { payments: [payments[0]] })).toEqual([409, { message: 'Another job has this id.' }])
  expect((await put('april', { payments: [] }))[0]).toBe(400)
  expect((await fetch(job('april'))).status).toBe(404)
})

test('a job that keeps failing says why, is told of, and its message waits with the failed ones', async () => {
  const alerts = await subscribedQueue(service.outputs.AlertsTopic!)
  await put('may', { payments: [{ amount: 1, currency: 'XAU' }] })
  // Past the visibility timeout each time, so that none of the three attempts need be waited for.
  const failed = await service.firstMessage(service.outputs.FailedUrl!, 61)
  expect(JSON.parse(failed.Body!)).toEqual({ id: 'may' })
  await becomes('may', { state: 'failed', attempts: 3, reason: 'There is no rate for XAU.' })

  const alert = JSON.parse((await service.firstMessage(alerts)).Body!)
  expect(alert.Subject).toBe('Errors in /aws/lambda/background-task-dev-work')
  expect(alert.Message).toMatch(/ERROR\tjob may failed( for the last time)?: There is no rate for XAU\.$/)
})

test('jobs are removed a week after they were accepted', async () => {
  await put('june', { payments })
  await becomes('june', { state: 'done' })
  const time = new Date(Date.now() + 6 * 86_400_000).toISOString()
  const early = new InvokeCommand({ FunctionName: 'background-task-dev-cleanUp', Payload: JSON.stringify({ time }) })
  expect(await service.client(LambdaClient).send(early)).not.toHaveProperty('FunctionError')
  await becomes('june', { state: 'done' })
  await service.passes(8 * 86_400)
  await vi.waitFor(async () => expect((await fetch(job('june'))).status).toBe(404), soon)
})
