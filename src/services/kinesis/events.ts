import type { MessageTarget } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import { locateArn, readArn } from './names.ts'
import { putFor } from './put.ts'

/** A stream as a place to send messages to, for rules and subscriptions. The group of a message is its partition key. */
export async function messageTarget(arn: string, host: Host): Promise<MessageTarget> {
  const scope = readArn(arn)?.scope ?? { account: '', region: '' }
  await host.records.read(scope, (tx) => locateArn(tx, arn))
  return {
    arn,
    async send(tx, { body, groupId }, principal) {
      await host.authorize(principal, [{ action: 'kinesis:PutRecord', resource: arn }], {}, tx)
      await putFor(tx, arn, groupId ?? host.ids.uuid(), Buffer.from(body), host)
    },
  }
}
