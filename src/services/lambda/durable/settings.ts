import type { DurableConfig } from '@aws-sdk/client-lambda'
import { invalid, unsupported } from '../errors.ts'
import type { DurableSettings } from './state.ts'

/** What SAM documents: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-durableconfig.html */
const defaultRetentionDays = 14

/**
 * The settings of a durable function with those that `asked` names changed. A function is durable from its creation on,
 * or never: https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html
 */
export function changedDurable(
  before: DurableSettings | undefined,
  asked: DurableConfig | undefined,
  isNew: boolean,
): DurableSettings | undefined {
  if (!asked) return before
  if (!before && !isNew) {
    throw invalid('DurableConfig can be given only when a function is created: this one is not durable.')
  }
  if (asked.KMSKeyArn) throw unsupported('DurableConfig.KMSKeyArn', 'leave it out.')
  const timeoutSec = asked.ExecutionTimeout ?? before?.timeoutSec
  if (timeoutSec === undefined) throw invalid('DurableConfig requires ExecutionTimeout.')
  const retentionDays = asked.RetentionPeriodInDays ?? before?.retentionDays ?? defaultRetentionDays
  return { timeoutSec, retentionDays }
}

export function describeDurable({ timeoutSec, retentionDays }: DurableSettings): DurableConfig {
  return { ExecutionTimeout: timeoutSec, RetentionPeriodInDays: retentionDays }
}
