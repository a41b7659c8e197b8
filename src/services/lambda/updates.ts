import type { ImageConfig } from '@aws-sdk/client-lambda'
import type { Ctx } from '../../kernel/context.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { changedSettings, checkRuntimeHere, refuseForImages, refuseWhatIsNotHere } from './configuration.ts'
import { describe } from './describe.ts'
import { checkDeadLetter } from './destinations.ts'
import { changedEnvironment, checkUnchanged } from './environment.ts'
import { invalid, revisionMismatch, unsupported } from './errors.ts'
import { findFunction } from './find.ts'
import { refuseInProgress } from './function-states.ts'
import { arnOf } from './functions.ts'
import { fetchImage, prepare } from './image-job.ts'
import { imageSettings, type ReceivedImage, receiveImage, runOf } from './images.ts'
import { type FunctionName, functionArn, readName } from './names.ts'
import { attachNetwork, checkNetwork, detachNetwork, networkContext } from './networks.ts'
import { dropPackage, keepPackage, type Received, receivePackage } from './packages.ts'
import { checkRole, passRole } from './role.ts'
import { checkSignature, warnOfUnsigned } from './signed-code.ts'
import { type Configuration, type FunctionImage, type LambdaFunction, lambdaFunction } from './state.ts'
import { checkUnzippedSize, dropLayers, findLayers, layerAccess, shareLayers } from './use-layers.ts'
import { changedSincePublished, publish } from './versions.ts'

/** Changes of a function's code and configuration: of `$LATEST`; what is published stays as it is. */
export const updates = operations<Api>()({
  UpdateFunctionCode: {
    authorize: ({ FunctionName }, ctx) => [{ action: 'lambda:UpdateFunctionCode', resource: arnOf(FunctionName, ctx) }],
    async call(input, ctx) {
      const name = unqualified(input.FunctionName, ctx)
      if (input.PublishTo !== undefined) throw unsupported('PublishTo', 'leave it out.')
      const current = await ctx.read((tx) => findFunction(tx, name))
      checkChange(name, current, input.RevisionId)
      const received = await receiveCode(input, current.latest, ctx)
      await checkUnzippedSize(ctx, name.scope, received.code, current.latest.layers)
      const [revisionId, progressId] = [ctx.newId(), ctx.newId()]
      let untrusted = false
      const made = await ctx.write(async (tx) => {
        const home = tx.in(name.scope)
        const record = await findFunction(tx, name)
        checkChange(name, record, input.RevisionId)
        const latest: Configuration = {
          ...record.latest,
          progress: undefined,
          code: received.code,
          // Its settings may have been changed while the image was looked for.
          image: received.image && { ...received.image, settings: record.latest.image?.settings },
          architecture: input.Architectures?.[0] ?? record.latest.architecture,
          modifiedAtMs: ctx.nowMs,
          revisionId,
        }
        untrusted = await checkSignature(home, record.codeSigningId)
        // A dry run is everything but the change; the package that nothing names is swept.
        if (input.DryRun) return { version: '$LATEST', configuration: latest }
        await keepPackage(home, received, ctx.host)
        if (received.image) return begin(home, record, latest, progressId, input.Publish === true, ctx)
        await dropPackage(home, record.latest.code, ctx.host)
        return change(home, record, latest, input.Publish === true, ctx)
      })
      if (untrusted) warnOfUnsigned(ctx, name)
      ctx.host.functions.retire(functionArn(name))
      return describe(
        ctx,
        input.Publish ? { ...name, qualifier: made.version } : name,
        made.version,
        made.configuration,
      )
    },
  },

  UpdateFunctionConfiguration: {
    authorize: async ({ FunctionName, Role, Layers, VpcConfig }, ctx) => [
      {
        action: 'lambda:UpdateFunctionConfiguration',
        resource: arnOf(FunctionName, ctx),
        context: await networkContext(ctx, VpcConfig),
      },
      ...(Role === undefined ? [] : [passRole(Role)]),
      ...layerAccess(Layers, ctx),
    ],
    async call(input, ctx) {
      const name = unqualified(input.FunctionName, ctx)
      refuseWhatIsNotHere(input)
      const before = await ctx.read((tx) => findFunction(tx, name))
      checkChange(name, before, input.RevisionId)
      if (before.latest.image) refuseForImages(input)
      else if (input.ImageConfig) throw invalid('ImageConfig is for functions whose PackageType is Image.')
      const asked = changedSettings(before.latest, input)
      if (input.Runtime !== undefined) await checkRuntimeHere(ctx.host, input.Runtime)
      if (input.Role !== undefined) await checkRole(ctx.host, name, input.Role)
      if (input.DeadLetterConfig) await checkDeadLetter(ctx, name, asked)
      const networkAsked = input.VpcConfig && (await checkNetwork(ctx, name, asked.role, input.VpcConfig))
      const layersAsked = input.Layers && (await findLayers(ctx, input.Layers, before.latest.layers))
      await checkUnzippedSize(ctx, name.scope, before.latest.code, layersAsked)
      const revisionId = ctx.newId()
      const environment = await changedEnvironment(
        ctx,
        name,
        before.latest,
        input.Environment,
        asked,
        asked.role !== before.latest.role,
      )
      let untrusted = false
      const made = await ctx.write(async (tx) => {
        const record = await findFunction(tx, name)
        checkChange(name, record, input.RevisionId)
        const { latest } = record
        checkUnchanged(name, before.latest, latest)
        untrusted = layersAsked !== undefined && (await checkSignature(tx.in(name.scope), record.codeSigningId))
        const layers = input.Layers ? layersAsked : latest.layers
        if (input.Layers) {
          await shareLayers(tx, layers)
          await dropLayers(tx, latest.layers, ctx.host)
        }
        const settings = changedSettings(latest, input)
        if (input.VpcConfig) {
          await attachNetwork(tx.in(name.scope), networkAsked, record.name)
          await detachNetwork(tx.in(name.scope), latest.network, record.name)
        }
        return change(
          tx.in(name.scope),
          record,
          {
            ...settings,
            ...environment,
            code: latest.code,
            image: changedImage(latest.image, input),
            layers,
            network: input.VpcConfig ? networkAsked : latest.network,
            // One that never became anything is none after this either.
            progress: latest.progress?.of === 'creation' ? latest.progress : undefined,
            modifiedAtMs: ctx.nowMs,
            revisionId,
          },
          false,
          ctx,
        )
      })
      if (untrusted) warnOfUnsigned(ctx, name)
      ctx.host.functions.retire(functionArn(name))
      return describe(ctx, name, made.version, made.configuration)
    },
  },
})

function receiveCode(
  input: InputFor<Api, 'UpdateFunctionCode'>,
  before: Configuration,
  ctx: Ctx,
): Promise<Received & Partial<ReceivedImage>> {
  if (!before.image) return receivePackage(input, ctx, 'UpdateFunctionCode')
  if (input.ImageUri === undefined) throw invalid("Please provide ImageUri when the function's PackageType is Image.")
  return receiveImage(input.ImageUri, input.Architectures?.[0] ?? before.architecture, before.image.settings, ctx)
}

function changedImage(image: FunctionImage | undefined, { ImageConfig }: { readonly ImageConfig?: ImageConfig }) {
  if (!image || !ImageConfig) return image
  const changed = { ...image, settings: imageSettings(ImageConfig) }
  if (changed.found) runOf(changed)
  return changed
}

/** Has the function wait for its image, as what it is until then; one that never became anything is made anew. */
async function begin(
  tx: Tx,
  before: LambdaFunction,
  next: Configuration,
  progressId: string,
  publishIt: boolean,
  ctx: Ctx,
) {
  fetchImage(tx, ctx.host, { name: before.name, progressId })
  const anew = before.latest.progress?.of === 'creation'
  const of = anew ? 'creation' : 'update'
  const upcoming: Configuration = { ...next, progress: { id: progressId, of } }
  if (anew) await dropPackage(tx, before.latest.code, ctx.host)
  const record: LambdaFunction = {
    ...before,
    ...(anew ? { latest: upcoming } : { upcoming }),
  }
  tx.set(lambdaFunction(record.name), record)
  if (!publishIt) return { version: '$LATEST', configuration: upcoming }
  return publish(tx, record, { nowMs: ctx.nowMs, revisionId: ctx.newId() })
}

async function change(tx: Tx, before: LambdaFunction, latest: Configuration, publishIt: boolean, ctx: Ctx) {
  const record: LambdaFunction = { ...before, latest, ...changedSincePublished(before, latest) }
  tx.set(lambdaFunction(record.name), record)
  prepare(tx, ctx.host, record.name)
  if (!publishIt) return { version: '$LATEST', configuration: latest }
  return publish(tx, record, { nowMs: ctx.nowMs, revisionId: ctx.newId() })
}

function unqualified(text: string, ctx: Ctx): FunctionName {
  const name = readName(text, ctx.scope)
  if (name.qualifier !== undefined && name.qualifier !== '$LATEST') {
    throw invalid('Published versions and aliases are not changed: leave out the qualifier.')
  }
  return { scope: name.scope, name: name.name }
}

/** Throws unless the function can be changed now, and is what the caller thinks. */
function checkChange(name: FunctionName, record: LambdaFunction, expected: string | undefined): void {
  refuseInProgress(name, record)
  if (expected !== undefined && expected !== record.latest.revisionId) throw revisionMismatch()
}
