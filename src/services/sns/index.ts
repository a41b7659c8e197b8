import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { dataProtection } from './data-protection.ts'
import { entrance } from './entrance.ts'
import { messageTarget } from './events.ts'
import { jobs } from './jobs.ts'
import model from './model.json' with { type: 'json' }
import { permissions } from './permissions.ts'
import { platformApplications } from './platform-applications.ts'
import { platformEndpoints } from './platform-endpoints.ts'
import { publishing } from './publish.ts'
import { resources } from './resources.ts'
import { sms } from './sms.ts'
import { smsSandbox } from './sms-sandbox.ts'
import { topic } from './state.ts'
import { subscribing } from './subscribe.ts'
import { subscriptions } from './subscriptions.ts'
import { tags } from './tags.ts'
import { policyOf } from './topic-attributes.ts'
import { topics } from './topics.ts'

/** Simple Notification Service: topics for queues, functions, HTTP endpoints, mail, text messages and apps on devices. */
export const service = defineService<Api>()({
  id: 'sns',
  model,
  operations: {
    ...{ ...topics, ...dataProtection, ...permissions, ...tags, ...subscribing, ...subscriptions },
    ...{ ...publishing, ...platformApplications, ...platformEndpoints, ...sms, ...smsSandbox },
  },
  planned: [],
  inert: {
    'CreateTopic.Attributes.KmsMasterKeyId': 'Stored and returned; messages are not encrypted with it.',
    'CreateTopic.Attributes.SignatureVersion':
      'Signs what HTTP endpoints get; what queues and functions get has no Signature, SigningCertURL and UnsubscribeURL.',
    'CreateTopic.Attributes.TracingConfig': 'PassThrough is stored and returned; Active is refused.',
    'CreateTopic.Attributes (delivery status logs)': 'Refused by name so far.',
    'Publish.PhoneNumber':
      'Text messages are kept in the outbox (landfall outbox): they leave for no telephone network.',
    'ListOriginationNumbers.MaxResults': 'There are none to be listed.',
    'SetSMSAttributes.attributes (MonthlySpendLimit, DefaultSMSType)':
      'Stored and returned: text messages are not sent, and cost nothing.',
    'CreateTopic.DataProtectionPolicy': 'Refused by name.',
    'PutDataProtectionPolicy.DataProtectionPolicy': 'Refused by name.',
    'CreatePlatformApplication.Attributes (credentials)':
      'Asked for and not kept: notifications are kept in the outbox (landfall outbox), and leave for no push service.',
    'CreateSMSSandboxPhoneNumber.LanguageCode': 'The password is sent in English, to the outbox.',
    'Publish.MessageAttributes (AWS.SNS.MOBILE.*)':
      'Of notifications to apps on devices; nothing is sent that they would change.',
  },
  resources,
  jobs,
  entrance,
  events: { messageTarget },
  maxBodyBytes: 2_000_000,
  async resourcePolicy(tx, arn) {
    const parsed = parseArn(arn)
    const found =
      parsed && (await tx.in({ account: parsed.account, region: parsed.region }).get(topic(parsed.resource)))
    return found && { policy: policyOf(found, arn, parsed.account), tags: { ...found.tags } }
  },
})
