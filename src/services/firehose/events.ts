import type { MessageTarget } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import { findFor, putFor } from './put.ts'

/** A delivery stream as a place to send messages to, for rules and subscriptions. */
export async function messageTarget(arn: string, host: Host): Promise<MessageTarget> {
  await host.records.read({ account: '', region: '' }, (tx) => findFor(tx, arn))
  return {
    arn,
    async send(tx, { body }, principal) {
      await host.authorize(principal, [{ action: 'firehose:PutRecord', resource: arn }], {}, tx)
      await putFor(tx, arn, Buffer.from(body), host)
    },
  }
}
