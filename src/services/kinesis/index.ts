import { defineService } from '../../kernel/service.ts'
import { accountSettings } from './account-settings.ts'
import type { Api } from './api.ts'
import { channels } from './channels/channels.ts'
import { consumers } from './consumers.ts'
import { messageTarget } from './events.ts'
import { jobs } from './jobs.ts'
import { limits } from './limits.ts'
import model from './model.json' with { type: 'json' }
import { policies, policyOf } from './policies.ts'
import { putting } from './put.ts'
import { recordSettings } from './record-settings.ts'
import { records } from './records.ts'
import { resharding } from './resharding.ts'
import { resources } from './resources.ts'
import { settings } from './settings.ts'
import { shards } from './shards.ts'
import { streamSource } from './stream-source.ts'
import { streams } from './streams.ts'
import { subscribing } from './subscribe.ts'
import { tags } from './tags.ts'
import { warmThroughput } from './warm-throughput.ts'

/** Kinesis Data Streams. */
export const service = defineService<Api>()({
  id: 'kinesis',
  model,
  operations: {
    ...streams,
    ...settings,
    ...recordSettings,
    ...shards,
    ...resharding,
    ...limits,
    ...accountSettings,
    ...warmThroughput,
    ...tags,
    ...policies,
    ...putting,
    ...records,
    ...consumers,
    ...subscribing,
    ...channels,
  },
  planned: [],
  inert: {
    'StartStreamEncryption.KeyId':
      'Stored, returned and told of each record; records are as encrypted as the disk of the data folder.',
    'UpdateShardCount.ScalingType': 'UNIFORM_SCALING is the only one there is.',
    'UpdateAccountSettings.MinimumThroughputBillingCommitment':
      'Lets UpdateStreamWarmThroughput be used; nothing is billed.',
    'PutRecord.SequenceNumberForOrdering': 'Puts of one caller are in order without it.',
  },
  resources,
  jobs,
  // 10 MiB of data in base64, and what is around it.
  maxBodyBytes: 15_000_000,
  events: { messageTarget, streamSource },
  resourcePolicy: policyOf,
})
