import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { fingerprint } from './configuration.ts'
import { describe } from './describe.ts'
import { invalid, revisionMismatch, unsupported } from './errors.ts'
import { versionsOf } from './every-version.ts'
import { findFunction } from './find.ts'
import { refuseInactive, refuseInProgress, shownLatest } from './function-states.ts'
import { arnOf } from './functions.ts'
import { readName } from './names.ts'
import { attachNetwork } from './networks.ts'
import { sharePackage } from './packages.ts'
import { page } from './page.ts'
import { type Configuration, type LambdaFunction, lambdaFunction, version } from './state.ts'
import { shareLayers } from './use-layers.ts'

/** Published versions: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html */
export const versions = operations<Api>()({
  PublishVersion: {
    authorize: ({ FunctionName }, ctx) => [{ action: 'lambda:PublishVersion', resource: arnOf(FunctionName, ctx) }],
    async write(tx, { FunctionName, CodeSha256, Description, RevisionId, PublishTo }, ctx) {
      if (PublishTo !== undefined) throw unsupported('PublishTo', 'leave it out.')
      const name = readName(FunctionName, ctx.scope)
      const record = await findFunction(tx, name)
      refuseInProgress(name, record)
      refuseInactive(record.latest)
      if (RevisionId !== undefined && RevisionId !== record.latest.revisionId) throw revisionMismatch()
      if (CodeSha256 !== undefined && CodeSha256 !== record.latest.code.sha256) {
        throw invalid(
          `CodeSHA256 (${CodeSha256}) is different from current CodeSHA256 in $LATEST (${record.latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
        )
      }
      const made = await publish(tx.in(name.scope), record, {
        nowMs: ctx.nowMs,
        revisionId: ctx.newId(),
        description: Description,
      })
      return describe(ctx, { ...name, qualifier: made.version }, made.version, made.configuration)
    },
  },

  ListVersionsByFunction: {
    authorize: ({ FunctionName }, ctx) => [
      { action: 'lambda:ListVersionsByFunction', resource: arnOf(FunctionName, ctx) },
    ],
    async read(tx, { FunctionName, Marker, MaxItems }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      const record = await findFunction(tx, name)
      const { items, next } = await page(Marker, Math.min(MaxItems ?? 50, 50), ['string', 'number'], (after) =>
        versionsOf(tx.in(name.scope), record.name, shownLatest(record), after),
      )
      const Versions = items.map(({ key: [, number], value }) => {
        const qualifier = number === 0 ? '$LATEST' : String(number)
        return describe(ctx, { ...name, qualifier }, qualifier, value)
      })
      return { Versions: await Promise.all(Versions), NextMarker: next }
    },
  },
})

/**
 * Publishes what the function is now, or is about to be, unless that was published last; answers the version that holds
 * it, which waits for what the function waits for.
 */
export async function publish(
  tx: Tx,
  record: LambdaFunction,
  { nowMs, revisionId, description }: { nowMs: number; revisionId: string; description?: string | undefined },
): Promise<{ version: string; configuration: Configuration; record: LambdaFunction }> {
  const { progress, ...now } = shownLatest(record)
  const print = fingerprint(now)
  const last = record.lastPublished
  const existing = last?.fingerprint === print && (await tx.get(version(record.name, Number(last.version))))
  if (last && existing) return { version: last.version, configuration: existing, record }
  const number = record.lastVersion + 1
  const configuration: Configuration = {
    ...now,
    description: description ?? now.description,
    modifiedAtMs: nowMs,
    revisionId,
    ...(progress && !progress.failed && { progress: { ...progress, of: 'creation' } }),
  }
  await sharePackage(tx, configuration.code)
  await shareLayers(tx, configuration.layers)
  await attachNetwork(tx, configuration.network, record.name)
  tx.set(version(record.name, number), configuration)
  const next = { ...record, lastVersion: number, lastPublished: { version: String(number), fingerprint: print } }
  tx.set(lambdaFunction(record.name), next)
  return { version: String(number), configuration, record: next }
}

/**
 * What was changed is published anew even when a later change takes it back: a template's new version must be one, also
 * after a deployment whose rollback kept its version (versions are made with DeletionPolicy Retain).
 */
export function changedSincePublished(
  before: LambdaFunction,
  latest: Configuration,
): Pick<LambdaFunction, 'lastPublished'> {
  return fingerprint(before.latest) === fingerprint(latest) ? {} : { lastPublished: undefined }
}
