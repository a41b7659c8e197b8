import { awsError } from '../../kernel/errors.ts'
import { regexesIn } from '../../telemetry/filter/pattern.ts'
import type { LogGroup } from '../../telemetry/log-state.ts'

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html */
const mostPatterns = 5

/** Throws LimitExceededException when too many metric and subscription filters of the group hold a regular expression. */
export function checkRegexQuota({ metricFilters = [], subscriptions = [] }: LogGroup): void {
  const patterns = [...metricFilters, ...subscriptions].map(({ pattern }) => pattern)
  if (patterns.filter((pattern) => regexesIn(pattern) > 0).length > mostPatterns)
    throw awsError(
      'LimitExceededException',
      `A log group can have at most ${mostPatterns} filter patterns with regular expressions.`,
    )
}
