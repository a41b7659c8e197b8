import { awsError } from '../../kernel/errors.ts'
import { invalidValues } from './keys.ts'
import type { Billing, Index, OnDemand, Throughput } from './state.ts'

/** Most that one table or index can be given. */
export const maxThroughput = { table: 40_000, account: 80_000 } as const

interface ThroughputRequest {
  readonly ReadCapacityUnits: number
  readonly WriteCapacityUnits: number
}
interface OnDemandRequest {
  readonly MaxReadRequestUnits?: number
  readonly MaxWriteRequestUnits?: number
}
export interface BillingRequest {
  readonly BillingMode?: string
  readonly ProvisionedThroughput?: ThroughputRequest
  readonly OnDemandThroughput?: OnDemandRequest
}

/** How a new table is billed. Throws ValidationException when mode and throughput do not go together. */
export function billingOf(request: BillingRequest, nowMs: number): Billing {
  const { BillingMode, ProvisionedThroughput, OnDemandThroughput } = request
  if (BillingMode === 'PAY_PER_REQUEST') {
    if (ProvisionedThroughput) {
      throw invalidValues(
        'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
      )
    }
    return {
      mode: 'PAY_PER_REQUEST',
      onDemandSinceMs: nowMs,
      ...(OnDemandThroughput ? { onDemand: onDemandOf(OnDemandThroughput) } : {}),
    }
  }
  if (!ProvisionedThroughput) {
    throw invalidValues(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    )
  }
  if (OnDemandThroughput) {
    throw invalidValues('OnDemandThroughput can only be specified when BillingMode is PAY_PER_REQUEST')
  }
  return { mode: 'PROVISIONED', throughput: throughputOf(ProvisionedThroughput) }
}

export function throughputOf({ ReadCapacityUnits, WriteCapacityUnits }: ThroughputRequest): Throughput {
  if (ReadCapacityUnits > maxThroughput.table || WriteCapacityUnits > maxThroughput.table) {
    throw awsError(
      'LimitExceededException',
      `A table or index can be given at most ${maxThroughput.table} read and ${maxThroughput.table} write capacity units.`,
    )
  }
  return { read: ReadCapacityUnits, write: WriteCapacityUnits }
}

/** The throughput with the units asked for. Throws when nothing would change, as the service does. */
export function changedThroughput(
  current: Throughput | undefined,
  request: ThroughputRequest,
  what: string,
  nowMs: number,
): Throughput {
  const { read, write } = throughputOf(request)
  if (!current) return { read, write }
  if (current.read === read && current.write === write) {
    throw awsError(
      'ValidationException',
      `The provisioned throughput for the ${what} will not change. The requested value equals the current value. ` +
        `Current ReadCapacityUnits provisioned for the ${what}: ${read}. Requested ReadCapacityUnits: ${read}. ` +
        `Current WriteCapacityUnits provisioned for the ${what}: ${write}. Requested WriteCapacityUnits: ${write}. ` +
        'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.',
    )
  }
  const more = read > current.read || write > current.write
  const less = read < current.read || write < current.write
  return {
    ...current,
    read,
    write,
    ...(more ? { increasedAtMs: nowMs } : {}),
    ...(less ? { decreasedAtMs: nowMs } : {}),
  }
}

/** -1 takes a maximum away. */
export function onDemandOf({ MaxReadRequestUnits, MaxWriteRequestUnits }: OnDemandRequest): OnDemand {
  const units = (value: number | undefined) => (value === undefined || value === -1 ? undefined : value)
  const maxRead = units(MaxReadRequestUnits)
  const maxWrite = units(MaxWriteRequestUnits)
  for (const value of [maxRead, maxWrite]) {
    if (value !== undefined && value < 1) {
      throw invalidValues('MaxReadRequestUnits and MaxWriteRequestUnits must be 1 or more, or -1 for no maximum')
    }
  }
  return { ...(maxRead === undefined ? {} : { maxRead }), ...(maxWrite === undefined ? {} : { maxWrite }) }
}

/** A global index with the throughput that its request gives it, which must fit the table's billing. */
export function billedIndex(index: Index, request: BillingRequest, billing: Billing): Index {
  if (billing.mode === 'PAY_PER_REQUEST') {
    if (request.ProvisionedThroughput) {
      throw invalidValues(
        `ProvisionedThroughput should not be specified for index: ${index.name} when BillingMode is PAY_PER_REQUEST`,
      )
    }
    return request.OnDemandThroughput ? { ...index, onDemand: onDemandOf(request.OnDemandThroughput) } : index
  }
  if (!request.ProvisionedThroughput) {
    throw invalidValues(`ProvisionedThroughput must be specified for index: ${index.name}`)
  }
  if (request.OnDemandThroughput) {
    throw invalidValues('OnDemandThroughput can only be specified when BillingMode is PAY_PER_REQUEST')
  }
  return { ...index, throughput: throughputOf(request.ProvisionedThroughput) }
}
