import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { asking, findActive, invalid } from './names.ts'
import { type DeliveryStream, deliveryStream } from './state.ts'

type Given = NonNullable<InputFor<Api, 'CreateDeliveryStream'>['DeliveryStreamEncryptionConfigurationInput']>

/**
 * Encryption of what waits: kept and told, while records are as encrypted as the disk of the data folder.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html
 */
export const encrypting = operations<Api>()({
  StartDeliveryStreamEncryption: {
    authorize: (input, ctx) => [asking('StartDeliveryStreamEncryption', input.DeliveryStreamName, ctx)],
    async write(tx, { DeliveryStreamName, DeliveryStreamEncryptionConfigurationInput: given }) {
      const found = notReading(await findActive(tx, DeliveryStreamName))
      const encryption = encryptionOf(given ?? { KeyType: 'AWS_OWNED_CMK' })
      tx.set(deliveryStream(found.name), { ...found, encryption })
      return {}
    },
  },
  StopDeliveryStreamEncryption: {
    authorize: (input, ctx) => [asking('StopDeliveryStreamEncryption', input.DeliveryStreamName, ctx)],
    async write(tx, { DeliveryStreamName }) {
      const found = notReading(await findActive(tx, DeliveryStreamName))
      tx.set(deliveryStream(found.name), { ...found, encryption: undefined })
      return {}
    },
  },
})

/** Throws InvalidArgumentException for a key that does not fit its type. */
export function encryptionOf({ KeyType, KeyARN }: Given): NonNullable<DeliveryStream['encryption']> {
  if ((KeyType === 'CUSTOMER_MANAGED_CMK') !== (KeyARN !== undefined)) {
    throw invalid('KeyARN is for the KeyType CUSTOMER_MANAGED_CMK, which needs it.')
  }
  return { keyType: KeyType, keyArn: KeyARN }
}

function notReading(found: DeliveryStream): DeliveryStream {
  if (!found.source) return found
  throw invalid(`Firehose ${found.name} reads a Kinesis stream and is as encrypted as that is.`)
}
