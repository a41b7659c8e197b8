import { invalid } from '../../../stacks/value.ts'
import type { Preferences, SetOperation } from './state.ts'

/** Throws ValidationError for preferences that say one thing twice. */
export function checkPreferences(given: Preferences | undefined): Preferences {
  const { FailureToleranceCount, FailureTolerancePercentage, MaxConcurrentCount, MaxConcurrentPercentage } = given ?? {}
  if (FailureToleranceCount !== undefined && FailureTolerancePercentage !== undefined) {
    throw invalid('Only one of FailureToleranceCount and FailureTolerancePercentage may be specified.')
  }
  if (MaxConcurrentCount !== undefined && MaxConcurrentPercentage !== undefined) {
    throw invalid('Only one of MaxConcurrentCount and MaxConcurrentPercentage may be specified.')
  }
  return given ?? {}
}

/** Regions in the order in which an operation comes to them: those that are preferred, then the others as they were given. */
export function inOrder(regions: readonly string[], { RegionOrder = [] }: Preferences): string[] {
  const first = RegionOrder.filter((region) => regions.includes(region))
  return [...new Set([...first, ...regions])]
}

/** In how many of a Region's accounts an operation may fail and go on. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html */
export function tolerance({ preferences }: Pick<SetOperation, 'preferences'>, accounts: number): number {
  const { FailureToleranceCount: count, FailureTolerancePercentage: percent = 0 } = preferences
  return count ?? Math.floor((accounts * percent) / 100)
}

/** In how many of a Region's accounts an operation may be at work at once, after so many failures there. */
export function concurrency(
  { preferences }: Pick<SetOperation, 'preferences'>,
  accounts: number,
  failed: number,
): number {
  const { MaxConcurrentCount: count, MaxConcurrentPercentage: percent = 0 } = preferences
  const most = count ?? Math.max(1, Math.floor((accounts * percent) / 100))
  if (preferences.ConcurrencyMode === 'SOFT_FAILURE_TOLERANCE') return most
  return Math.min(most, tolerance({ preferences }, accounts) + 1 - failed)
}
