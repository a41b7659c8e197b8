import { awsError } from '../../../kernel/errors.ts'
import { operations } from '../../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx, Scope } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { groupArn, pageSize } from '../find.ts'
import { findDetector } from './detectors.ts'
import {
  type Anomaly,
  anomaly,
  type Detector,
  detector,
  detectorArn,
  frequencyMs,
  isBaseline,
  isSuppressed,
} from './state.ts'
import { regexOf, tokensOf } from './template.ts'

const unitMs = { SECONDS: 1_000, MINUTES: 60_000, HOURS: 3_600_000 }

/** What log anomaly detectors have found. */
export const anomalyFindings = operations<Api>()({
  ListAnomalies: {
    authorize: ({ anomalyDetectorArn }, ctx) => [
      { action: 'logs:ListAnomalies', resource: anomalyDetectorArn ?? detectorArn(ctx.scope, '*') },
    ],
    async read(tx, { anomalyDetectorArn, suppressionState, limit, nextToken }, { nowMs, scope }) {
      const only = anomalyDetectorArn === undefined ? undefined : (await findDetector(tx, anomalyDetectorArn)).id
      const { after } = boundsOfPage(nextToken, badToken, ['string', 'string'])
      const range =
        only === undefined
          ? anomaly.between([], after ? { after } : {})
          : anomaly.between([only], after ? { after: after.slice(1) } : {})
      const { items, next } = await pageOf(chosen(), pageSize(limit, 50), ({ key }) => key)
      return {
        anomalies: items.map(({ key: [, id], value, of }) => describe(id, value, of, scope, nowMs)),
        nextToken: next,
      }

      async function* chosen() {
        let of: Detector | undefined
        for await (const { key, value } of tx.range(range)) {
          if (suppressionState && isSuppressed(value, nowMs) !== (suppressionState === 'SUPPRESSED')) continue
          if (of?.id !== key[0]) of = await tx.get(detector(key[0]))
          if (of) yield { key, value, of }
        }
      }
    },
  },

  UpdateAnomaly: {
    authorize: ({ anomalyDetectorArn }) => [{ action: 'logs:UpdateAnomaly', resource: anomalyDetectorArn }],
    async write(tx, input, { nowMs }) {
      const { anomalyDetectorArn, anomalyId, patternId, suppressionType: type, suppressionPeriod: period } = input
      if ((anomalyId === undefined) === (patternId === undefined))
        throw invalid('Exactly one of anomalyId and patternId must be given.')
      const { id } = await findDetector(tx, anomalyDetectorArn)
      const found = patternId === undefined ? await findById(tx, id, anomalyId) : patternId
      const before = found === undefined ? undefined : await tx.get(anomaly(id, found))
      if (found === undefined || !before)
        throw awsError('ResourceNotFoundException', 'The specified anomaly does not exist.')
      if (type === 'LIMITED' && !(period?.value && period.value > 0 && period.suppressionUnit))
        throw invalid('A suppressionType of LIMITED needs a suppressionPeriod.')
      const lastsMs = (period?.value ?? 0) * unitMs[period?.suppressionUnit ?? 'SECONDS']
      const suppression = type && {
        ...{ atMs: nowMs, ofPattern: patternId !== undefined },
        untilMs: type === 'LIMITED' ? nowMs + lastsMs : 0,
      }
      tx.set(anomaly(id, found), { ...before, suppression, baseline: input.baseline ?? before.baseline })
      return {}
    },
  },
})

/** The pattern of an anomaly, among those of its detector, of which there are few. */
async function findById(tx: ReadTx, detectorId: string, id: string | undefined): Promise<string | undefined> {
  for await (const { key, value } of tx.range(anomaly.under(detectorId))) if (value.id === id) return key[1]
  return undefined
}

function describe(patternId: string, one: Anomaly, of: Detector, scope: Scope, nowMs: number) {
  const suppressed = isSuppressed(one, nowMs)
  const baseline = isBaseline(one, of, nowMs)
  const times = one.kind === 'new' ? 'was not there before' : 'comes more often than usual'
  const { suppression } = one
  const lastWindow = one.histogram.at(-1)?.[0] ?? 0
  return {
    ...{ anomalyId: one.id, patternId, anomalyDetectorArn: detectorArn(scope, of.id), priority: one.priority },
    ...{ patternString: one.text, patternRegex: regexOf(one.text), patternTokens: tokensOf(one.text) },
    ...{ firstSeen: one.firstAtMs, lastSeen: one.lastAtMs, description: `The pattern ${times}: ${one.text}` },
    // It came in the last window that was looked at.
    active: !suppressed && !baseline && lastWindow + frequencyMs[of.frequency] >= of.fromMs,
    state: baseline ? ('Baseline' as const) : suppressed ? ('Suppressed' as const) : ('Active' as const),
    histogram: Object.fromEntries(one.histogram.map(([atMs, count]) => [String(atMs), count])),
    logSamples: [...one.samples],
    logGroupArnList: [groupArn(scope, one.group)],
    suppressed,
    ...(suppressed && suppression
      ? {
          ...{ suppressedDate: suppression.atMs, suppressedUntil: suppression.untilMs },
          isPatternLevelSuppression: suppression.ofPattern,
        }
      : {}),
  }
}

function badToken(): Error {
  return invalid('The specified nextToken is invalid.')
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
