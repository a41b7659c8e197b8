import { countUpTo } from '../../kernel/count-up-to.ts'
import { awsError } from '../../kernel/errors.ts'
import type { KeyPart, KeyRange, ReadTx } from '../../kernel/records.ts'

/** The service's own default quotas. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
export const quotas = {
  resources: 300,
  stages: 10,
  deployments: 300,
  authorizers: 10,
  models: 60,
  'request validators': 20,
  'documentation parts': 2_000,
} as const

/** A record holds a method, or an API as it is deployed: no more than this, as JSON, so that it can be stored. */
const mostRecordBytes = 1_000_000

/** Throws LimitExceededException for what is too large to be kept. */
export function fitting<T>(value: T, what: string): T {
  if (Buffer.byteLength(JSON.stringify(value)) > mostRecordBytes)
    throw awsError('LimitExceededException', `${what} is larger than the ${mostRecordBytes} bytes it can have.`)
  return value
}

/** Throws LimitExceededException unless one more of them is within the quota. */
export async function withinQuota(
  tx: ReadTx,
  range: KeyRange<unknown, readonly KeyPart[]>,
  kind: keyof typeof quotas,
): Promise<void> {
  if ((await countUpTo(tx, range, quotas[kind])) < quotas[kind]) return
  throw awsError(
    'LimitExceededException',
    `Maximum number of ${kind} for this API has been reached: an API can have ${quotas[kind]}.`,
  )
}
