import { hash } from 'node:crypto'
import { parseArn } from '../../kernel/arn.ts'
import type { AccessRequest } from '../../kernel/authorization.ts'
import type { MessageTarget, OutgoingMessage, QueueSource, SourceMessage } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { enqueue } from './enqueue.ts'
import { attributesBytes, attributesMd5 } from './message-attributes.ts'
import { countDeleted, countRepeated, countSent } from './metrics.ts'
import { locateArn } from './queue-url.ts'
import { systemAttributes } from './receive.ts'
import { checkBody } from './send.ts'
import { receive } from './sequencer.ts'
import { remove } from './settle.ts'
import type { Located } from './state.ts'

/** A queue as a place to send messages to, for topics, rules, destinations. */
export async function messageTarget(arn: string, host: Host): Promise<MessageTarget> {
  const scope = scopeOf(arn)
  await host.records.read(scope, (tx) => locateArn(tx, arn))
  return {
    arn,
    async send(tx, message, principal) {
      const at = await locateArn(tx, arn)
      await authorize(host, tx, at, arn, 'sqs:SendMessage', principal, message)
      const nowMs = host.clock.nowMs()
      const attributes =
        message.attributes && Object.keys(message.attributes).length > 0 ? message.attributes : undefined
      checkBody(message.body, attributes, at.queue.settings.maximumMessageBytes)
      const bytes = Buffer.byteLength(message.body) + attributesBytes(attributes)
      countSent(tx.in(at.scope), { host, nowMs }, at.scope, at.queue.name, [bytes])
      const sent = await enqueue(
        tx.in(at.scope),
        at,
        {
          body: message.body,
          md5: hash('md5', message.body),
          attributes,
          senderId: principal.userId,
          groupId: message.groupId,
          deduplicationId: message.deduplicationId,
        },
        { nowMs, ids: host.ids },
      )
      if (sent.repeated) countRepeated(tx.in(at.scope), { host, nowMs }, at.scope, at.queue.name)
    },
  }
}

/** A queue as a source of events, polled with the permissions of whoever polls. */
export async function queueSource(arn: string, host: Host): Promise<QueueSource> {
  const scope = scopeOf(arn)
  const at = await host.records.read(scope, (tx) => locateArn(tx, arn))
  return {
    arn,
    visibilityTimeoutSec: at.queue.settings.visibilityTimeoutSec,
    async receive({ max, mostBytes, waitMs, principal, signal }) {
      const now = await host.records.read(scope, async (tx) => {
        const found = await locateArn(tx, arn)
        await authorize(host, tx, found, arn, 'sqs:ReceiveMessage', principal)
        return found
      })
      const nowMs = host.clock.nowMs()
      const visibilityMs = now.queue.settings.visibilityTimeoutSec * 1000
      const taken = await receive(host, scope, now.queue.name, {
        max,
        mostBytes,
        visibilityMs,
        deadlineMs: nowMs + waitMs,
        signal,
      })
      return taken.map((item): SourceMessage => {
        const md5 = attributesMd5(item.message.attributes)
        return {
          messageId: item.id,
          receiptHandle: item.handle,
          body: item.message.body,
          md5OfBody: item.message.md5,
          ...(md5 === undefined ? {} : { md5OfMessageAttributes: md5 }),
          attributes: systemAttributes(item),
          messageAttributes: (item.message.attributes ?? {}) as SourceMessage['messageAttributes'],
        }
      })
    },
    delete: (handles, principal) =>
      host.records.write(scope, async (tx) => {
        const now = await locateArn(tx.snapshot, arn)
        await authorize(host, tx.snapshot, now, arn, 'sqs:DeleteMessage', principal)
        const nowMs = host.clock.nowMs()
        for (const handle of handles) await remove(tx, now, handle, nowMs)
        countDeleted(tx, { host, nowMs }, now.scope, now.queue.name, handles.length)
      }),
  }
}

async function authorize(
  host: Host,
  tx: ReadTx,
  at: Located,
  arn: string,
  action: string,
  principal: Principal,
  { sourceArn, sourceAccount }: Pick<OutgoingMessage, 'sourceArn' | 'sourceAccount'> = {},
): Promise<void> {
  const request: AccessRequest = {
    action,
    resource: arn,
    resourcePolicy: at.queue.settings.policy,
    resourceTags: at.queue.tags,
  }
  await host.authorize(
    principal,
    [request],
    sourceArn === undefined
      ? {}
      : { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': sourceAccount ?? parseArn(sourceArn)?.account ?? '' },
    tx,
  )
}

function scopeOf(arn: string): Scope {
  const parsed = parseArn(arn)
  if (!parsed) throw new Error(`not an ARN: ${arn}`)
  return { account: parsed.account, region: parsed.region }
}
