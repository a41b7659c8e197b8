import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, test, vi } from 'vitest'
import { serviceOnNode } from './service-on-node.ts'

const service = serviceOnNode('test/e2e/scheduled', 'scheduled-dev')

test('functions of osls with schedule and eventBridge events run', { timeout: 180_000 }, async () => {
  await service.succeeds('deploy')
  const { node } = service
  const sqs = node.client(SQSClient)
  const QueueUrl = await service.physicalId('Told')
  const told: Record<string, unknown>[] = []
  const hears = (count: number) =>
    vi.waitFor(
      async () => {
        const asked = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 })
        for (const { Body, ReceiptHandle } of (await sqs.send(asked)).Messages ?? []) {
          told.push(JSON.parse(Body!) as Record<string, unknown>)
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
        }
        expect(told.length).toBeGreaterThanOrEqual(count)
      },
      { timeout: 60_000, interval: 100 },
    )
  const Entry = { Source: 'orders', DetailType: 'Placed', EventBusName: 'shop', Detail: '{"from":"bus"}' }
  await node.client(EventBridgeClient).send(new PutEventsCommand({ Entries: [Entry] }))
  await hears(1)
  expect(told).toEqual([{ from: 'bus' }])

  node.clock.advance(3 * 3_600_000)
  await hears(3)
  expect(told.slice(1)).toEqual(
    expect.arrayContaining([
      { from: 'schedule' },
      { from: 'transformer', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
    ]),
  )
  expect(told).toHaveLength(3)
  await service.succeeds('remove')
})
