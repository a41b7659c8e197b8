import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { messageTarget } from './events.ts'
import { jobs } from './jobs.ts'
import model from './model.json' with { type: 'json' }
import { permissions } from './permissions.ts'
import { publishing } from './publish.ts'
import { resources } from './resources.ts'
import { topic } from './state.ts'
import { subscribing } from './subscribe.ts'
import { subscriptions } from './subscriptions.ts'
import { tags } from './tags.ts'
import { policyOf } from './topic-attributes.ts'
import { topics } from './topics.ts'

/** Simple Notification Service: standard and FIFO topics for queues and functions. */
export const service = defineService<Api>()({
  id: 'sns',
  model,
  operations: { ...topics, ...permissions, ...tags, ...subscribing, ...subscriptions, ...publishing },
  planned: [
    'CheckIfPhoneNumberIsOptedOut',
    'CreatePlatformApplication',
    'CreatePlatformEndpoint',
    'CreateSMSSandboxPhoneNumber',
    'DeleteEndpoint',
    'DeletePlatformApplication',
    'DeleteSMSSandboxPhoneNumber',
    'GetDataProtectionPolicy',
    'GetEndpointAttributes',
    'GetPlatformApplicationAttributes',
    'GetSMSAttributes',
    'GetSMSSandboxAccountStatus',
    'ListEndpointsByPlatformApplication',
    'ListOriginationNumbers',
    'ListPhoneNumbersOptedOut',
    'ListPlatformApplications',
    'ListSMSSandboxPhoneNumbers',
    'OptInPhoneNumber',
    'PutDataProtectionPolicy',
    'SetEndpointAttributes',
    'SetPlatformApplicationAttributes',
    'SetSMSAttributes',
    'VerifySMSSandboxPhoneNumber',
  ],
  inert: {
    'CreateTopic.Attributes.KmsMasterKeyId': 'Stored and returned; messages are not encrypted with it.',
    'CreateTopic.Attributes.SignatureVersion':
      'Stored and returned; envelopes and events have no Signature, SigningCertURL and UnsubscribeURL yet.',
    'CreateTopic.Attributes.TracingConfig': 'PassThrough is stored and returned; Active is refused.',
    'ConfirmSubscription.AuthenticateOnUnsubscribe': 'Unsubscribe is always authenticated here.',
    'Subscribe.Protocol (http, https, email, email-json, sms, firehose, application)': 'Refused by name so far.',
    'CreateTopic.Attributes (delivery policy, delivery status logs, archive)': 'Refused by name so far.',
    'Subscribe.Attributes (DeliveryPolicy, ReplayPolicy, SubscriptionRoleArn)': 'Refused by name so far.',
    'Publish.PhoneNumber': 'Refused by name: SMS is not here.',
    'CreateTopic.DataProtectionPolicy': 'Refused by name.',
  },
  resources,
  jobs,
  events: { messageTarget },
  maxBodyBytes: 2_000_000,
  async resourcePolicy(tx, arn) {
    const parsed = parseArn(arn)
    const found =
      parsed && (await tx.in({ account: parsed.account, region: parsed.region }).get(topic(parsed.resource)))
    return found && { policy: policyOf(found, arn, parsed.account), tags: { ...found.tags } }
  },
})
