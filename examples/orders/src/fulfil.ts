import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { type Order, receiptText } from './order.ts'
import { markFulfilled } from './orders-table.ts'

const bucket = new S3Client()

interface QueueEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[]
}

/** Takes placed orders off the queue. Orders that fail are named, so that only they come again. */
export async function handler(event: QueueEvent) {
  const results = await Promise.allSettled(event.Records.map(({ body }) => fulfil(JSON.parse(body))))
  const failed = event.Records.filter((record, index) => {
    const result = results[index]
    if (result?.status === 'rejected') console.error('order failed', record.messageId, result.reason)
    return result?.status === 'rejected'
  })
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
}

/** Doing it again writes the same receipt and the same status. */
async function fulfil(order: Order): Promise<void> {
  if (order.customer === 'nobody') throw new Error('There is nobody to deliver this order to.')
  const receipt = `receipts/${order.id}.txt`
  await bucket.send(
    new PutObjectCommand({
      Bucket: process.env.RECEIPTS_BUCKET,
      Key: receipt,
      Body: receiptText(order),
      ContentType: 'text/plain; charset=utf-8',
    }),
  )
  await markFulfilled(order.id, receipt)
  console.log('order fulfilled', order.id)
}
