import { keyspace } from '../../store/keyspace.ts'

/** A log that a resource of some service writes, as deliveries name it. */
export interface DeliverySource {
  readonly name: string
  readonly resourceArn: string
  /** As in the resource's ARN. */
  readonly service: string
  readonly logType: string
  readonly tags: Readonly<Record<string, string>>
}

export type DestinationType = 'CWL' | 'S3' | 'FH'
export type OutputFormat = 'json' | 'plain' | 'w3c' | 'raw'

/** Where deliveries bring logs: a log group, a bucket (with a prefix), a Firehose. */
export interface DeliveryDestination {
  readonly name: string
  readonly type: DestinationType
  readonly resourceArn: string
  readonly format?: OutputFormat | undefined
  /** JSON text: which other accounts may make deliveries to it. */
  readonly policy?: string | undefined
  readonly tags: Readonly<Record<string, string>>
}

/** What connects a source to a destination, which may be of another account. */
export interface Delivery {
  readonly id: string
  readonly source: string
  readonly destinationArn: string
  readonly type: DestinationType
  /** As they were asked for; absent: those that the log type has by default. */
  readonly fields?: readonly string[] | undefined
  readonly delimiter?: string | undefined
  readonly suffixPath?: string | undefined
  readonly hive?: boolean | undefined
  readonly tags: Readonly<Record<string, string>>
}

/** One record of a log, by the names of its fields. */
export interface VendedRecord {
  readonly atMs: number
  readonly fields: Readonly<Record<string, unknown>>
}

const logs = keyspace('logs')

export const deliverySource = logs.record<DeliverySource, [name: string]>('delivery-source')
export const deliveryDestination = logs.record<DeliveryDestination, [name: string]>('delivery-destination')
export const delivery = logs.record<Delivery, [id: string]>('delivery')
export const deliveryOfSource = logs.record<true, [source: string, id: string]>('delivery-of-source')
/** In the destination's own scope, for its deletion. */
export const deliveryToDestination = logs.record<true, [destination: string, account: string, id: string]>(
  'delivery-to-destination',
)
/** What each record of a log is to be delivered by: read with every one, changed with its deliveries. */
export const deliveriesOfLog = logs.record<
  readonly { readonly id: string; readonly type: DestinationType }[],
  [resourceArn: string, logType: string]
>('deliveries-of-log')
/** What waits for a delivery, in the order in which it came. */
export const vendedRecord = logs.record<VendedRecord, [delivery: string, position: Uint8Array]>('vended-record')
/** There while the work that takes what waits is scheduled. */
export const vendedDue = logs.record<true, [delivery: string]>('vended-due')
