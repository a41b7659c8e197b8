import { breachesThreshold, type Datapoint, decimal, stamp, type Verdict, words } from './evaluate.ts'
import type { LogCondition } from './log-alarm-state.ts'

const shownValues = 10

/**
 * What a log alarm's state is by its last results, oldest first, undefined where one had no value: ALARM when as many as
 * it says breach. Fewer than it looks at, as of one that is new, are looked at as they are. Undefined when the state
 * stays what it is. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-log.html
 */
export function judgeResults(
  condition: LogCondition,
  datapoints: readonly (Datapoint | undefined)[],
  current: string,
): Verdict | undefined {
  const { resultsToAlarm, results, treatMissing = 'missing' } = condition
  const recent = datapoints.slice(-results)
  const known = recent.filter((point) => point !== undefined)
  const gaps = recent.length - known.length
  const breaching = known.filter((point) => breachesThreshold(condition, point.value)).length
  const counted = breaching + (treatMissing === 'breaching' ? gaps : 0)
  if (counted >= resultsToAlarm)
    return { value: 'ALARM', reason: reasonFor(condition, 'ALARM', known, counted, current), evaluated: recent }
  if (gaps > 0 && treatMissing === 'ignore' && breaching === known.length) return undefined
  if (known.length === 0 && treatMissing === 'missing')
    return {
      value: 'INSUFFICIENT_DATA',
      reason: `Insufficient Data: ${recent.length} query ${recent.length === 1 ? 'result' : 'results'} had no value.`,
      evaluated: recent,
    }
  return {
    value: 'OK',
    reason: reasonFor(condition, 'OK', known, recent.length - counted, current),
    evaluated: recent,
  }
}

function reasonFor(
  { comparison, threshold, results, resultsToAlarm }: LogCondition,
  value: 'ALARM' | 'OK',
  known: readonly Datapoint[],
  count: number,
  current: string,
): string {
  const needed = value === 'ALARM' ? resultsToAlarm : results - resultsToAlarm + 1
  const shown = known.toReversed().slice(0, shownValues)
  const values = shown.map((point) => `${decimal(point.value)} (${stamp(point.atMs)})`).join(', ')
  const were = `${count === 1 ? 'was' : 'were'} ${value === 'ALARM' ? '' : 'not '}${words[comparison]}`
  return `Threshold Crossed: ${count} out of the last ${results} query results [${values}] ${were} the threshold (${decimal(threshold)}) (minimum ${needed} query ${needed === 1 ? 'result' : 'results'} for ${current} -> ${value} transition).`
}
