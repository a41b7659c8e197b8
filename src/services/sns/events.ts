import { parseArn } from '../../kernel/arn.ts'
import type { MessageTarget } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import { accept } from './accept.ts'
import { locateTopic } from './names.ts'
import { policyOf } from './topic-attributes.ts'

/** A topic as a place to send messages to, for buckets, alarms, rules, destinations. Throws NotFound. */
export async function messageTarget(arn: string, host: Host): Promise<MessageTarget> {
  const { account = '', region = '' } = parseArn(arn) ?? {}
  const scope = { account, region }
  await host.records.read(scope, (tx) => locateTopic(tx, arn))
  return {
    arn,
    async send(tx, message, principal) {
      const at = await locateTopic(tx.in(scope), arn)
      const { sourceArn, sourceAccount } = message
      const from = sourceAccount ?? parseArn(sourceArn ?? '')?.account ?? ''
      const request = {
        action: 'sns:Publish',
        resource: arn,
        resourcePolicy: policyOf(at.topic, at.arn, account),
        resourceTags: at.topic.tags,
      }
      const source = sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': from }
      await host.authorize(principal, [request], { ...source, ...ownerOf(principal.name, from) }, tx)
      const { subject, body, attributes, groupId, deduplicationId } = message
      await accept(tx.in(scope), at, { subject, message: body, attributes, groupId, deduplicationId }, host)
    },
  }
}

/**
 * Alarms say for whom they act by the key that the policy of a new topic asks for: they reach topics of their account
 * without a policy. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
function ownerOf(service: string | undefined, account: string): Record<string, string> {
  return service === 'cloudwatch.amazonaws.com' ? { 'aws:SourceOwner': account } : {}
}
