import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { messageTarget, queueSource } from './events.ts'
import { jobs } from './jobs.ts'
import model from './model.json' with { type: 'json' }
import { moves } from './moves.ts'
import { permissions } from './permissions.ts'
import { queueOfArn } from './queue-url.ts'
import { queues } from './queues.ts'
import { receiving } from './receive.ts'
import { resources } from './resources.ts'
import { sending } from './send.ts'
import { settling } from './settle.ts'
import { tags } from './tags.ts'

/** Simple Queue Service: standard and FIFO queues. */
export const service = defineService<Api>()({
  id: 'sqs',
  model,
  operations: { ...queues, ...permissions, ...tags, ...sending, ...receiving, ...settling, ...moves },
  planned: [],
  inert: {
    'Attributes.KmsMasterKeyId':
      'Stored and returned; messages are as encrypted as the disk of the data folder, and nobody needs the key.',
    'Attributes.KmsDataKeyReusePeriodSeconds': 'Stored and returned; goes with KmsMasterKeyId.',
    'Attributes.SqsManagedSseEnabled': 'Stored and returned; the data folder is as encrypted as its disk.',
    'SendMessage.MessageGroupId (standard queues)':
      'Stored and returned; told noisy by what they have in flight; how long consumers take is not measured.',
  },
  resources,
  jobs,
  maxBodyBytes: 7_000_000,
  events: { messageTarget, queueSource },
  async resourcePolicy(tx, arn) {
    const found = await queueOfArn(tx, arn)
    return found && { policy: found.settings.policy, tags: found.tags }
  },
})
