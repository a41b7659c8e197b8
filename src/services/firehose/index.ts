import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { encrypting } from './encryption.ts'
import { messageTarget } from './events.ts'
import { jobs } from './jobs.ts'
import model from './model.json' with { type: 'json' }
import { readArn } from './names.ts'
import { putting } from './put.ts'
import { resources } from './resources.ts'
import { deliveryStream } from './state.ts'
import { streams } from './streams.ts'
import { tags } from './tags.ts'
import { updating } from './update.ts'
import { vendedLogsPolicy } from './vended-logs.ts'

const waitsEncrypted = 'Stored and shown; what waits is as encrypted as the disk of the data folder.'

/** Amazon Data Firehose: delivery streams to S3 and HTTP endpoints. */
export const service = defineService<Api>()({
  id: 'firehose',
  model,
  operations: { ...streams, ...updating, ...putting, ...encrypting, ...tags },
  planned: [],
  inert: {
    'CreateDeliveryStream.DeliveryStreamEncryptionConfigurationInput': waitsEncrypted,
    'StartDeliveryStreamEncryption.DeliveryStreamEncryptionConfigurationInput': waitsEncrypted,
    'CreateDeliveryStream.DirectPutSourceConfiguration': 'Stored and shown: there is nothing to be warmed up.',
    'DeleteDeliveryStream.AllowForceDelete': 'Deleting does not depend on a key that may be gone.',
    'DescribeDeliveryStream.Limit': 'A stream has one destination.',
  },
  resources,
  jobs,
  events: { messageTarget },
  async resourcePolicy(tx, arn) {
    const read = readArn(arn)
    const found = read && (await tx.in(read.scope).get(deliveryStream(read.name)))
    return found && { policy: vendedLogsPolicy(arn, found.tags), tags: { ...found.tags } }
  },
  // 4 MiB of data in base64, and what is around it.
  maxBodyBytes: 6_500_000,
})
