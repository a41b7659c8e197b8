import type { Ctx } from '../../kernel/context.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { checkRuntimeHere, newSettings } from './configuration.ts'
import { describe } from './describe.ts'
import { checkDeadLetter } from './destinations.ts'
import { downloadUrl } from './download.ts'
import { changedEnvironment } from './environment.ts'
import { conflict, functionNotFound, invalid } from './errors.ts'
import { everyFunction, everyVersion } from './every-version.ts'
import { type Found, findFunction, findVersion } from './find.ts'
import { shownLatest } from './function-states.ts'
import { fetchImage, prepare } from './image-job.ts'
import { imageSettings, type ReceivedImage, receiveImage } from './images.ts'
import { type FunctionName, functionArn, readName } from './names.ts'
import { attachNetwork, checkNetwork, detachNetwork, networkContext } from './networks.ts'
import { codeLimits, dropPackage, keepPackage, type Received, receivePackage } from './packages.ts'
import { page } from './page.ts'
import { dropProvisioned } from './provisioned.ts'
import { checkRole, passRole } from './role.ts'
import { beginCodeSigning, checkSignature, warnOfUnsigned } from './signed-code.ts'
import {
  alias,
  type Configuration,
  codeSigningUse,
  eventInvokeConfig,
  type LambdaFunction,
  lambdaFunction,
  policy,
  provisioned,
  runtimeUpdates,
  usage,
  version,
} from './state.ts'
import { checkTags, tagContext } from './tags.ts'
import { dropUrls } from './url-configs.ts'
import { checkUnzippedSize, dropLayers, findLayers, layerAccess, shareLayers } from './use-layers.ts'
import { publish } from './versions.ts'

/** Functions themselves: made, found, listed, deleted. */
export const functions = operations<Api>()({
  CreateFunction: {
    authorize: async ({ FunctionName, Role, Tags, Layers, CodeSigningConfigArn, VpcConfig }, ctx) => [
      {
        action: 'lambda:CreateFunction',
        resource: arnOf(FunctionName, ctx),
        context: {
          ...tagContext(Tags),
          ...(await networkContext(ctx, VpcConfig)),
          ...(CodeSigningConfigArn === undefined ? {} : { 'lambda:CodeSigningConfigArn': CodeSigningConfigArn }),
        },
      },
      passRole(Role),
      ...layerAccess(Layers, ctx),
    ],
    async call(input, ctx) {
      const name = readName(input.FunctionName, ctx.scope)
      if (name.qualifier !== undefined) throw invalid('A function is created without a version or alias in its name.')
      if (name.scope.account !== ctx.account) throw invalid('A function is created in the account of its caller.')
      const settings = newSettings(input)
      await checkRuntimeHere(ctx.host, settings.runtime)
      checkTags(input.Tags ?? {}, ctx)
      await ctx.read((tx) => refuseExisting(tx, name))
      await checkRole(ctx.host, name, settings.role)
      await checkDeadLetter(ctx, name, settings)
      const network = await checkNetwork(ctx, name, settings.role, input.VpcConfig)
      const layers = await findLayers(ctx, input.Layers)
      const received = await receiveCode(input, settings.architecture, ctx)
      await checkUnzippedSize(ctx, name.scope, received.code, layers)
      const latest: Configuration = {
        ...settings,
        ...(await changedEnvironment(ctx, name, {}, input.Environment, settings)),
        code: received.code,
        image: received.image,
        layers,
        network,
        modifiedAtMs: ctx.nowMs,
        revisionId: ctx.newId(),
        progress: received.image && { id: ctx.newId(), of: 'creation' },
      }
      let untrusted = false
      const record: Omit<LambdaFunction, 'codeSigningId'> = {
        name: name.name,
        id: ctx.newId(),
        latest,
        lastVersion: 0,
        tags: input.Tags ?? {},
      }
      const made = await ctx.write(async (tx) => {
        await refuseExisting(tx, name)
        const codeSigningId = await beginCodeSigning(tx, name.name, input.CodeSigningConfigArn, ctx)
        untrusted = await checkSignature(tx, codeSigningId)
        await keepPackage(tx, received, ctx.host)
        await shareLayers(tx, layers)
        await attachNetwork(tx, network, name.name)
        tx.add(usage('functions'), 1)
        const signed: LambdaFunction = { ...record, codeSigningId }
        tx.set(lambdaFunction(name.name), signed)
        if (latest.progress) fetchImage(tx, ctx.host, { name: name.name, progressId: latest.progress.id })
        else prepare(tx, ctx.host, name.name)
        if (!input.Publish) return { version: '$LATEST', configuration: latest }
        return publish(tx, signed, { nowMs: ctx.nowMs, revisionId: ctx.newId() })
      })
      if (untrusted) warnOfUnsigned(ctx, name)
      return describe(
        ctx,
        input.Publish ? { ...name, qualifier: made.version } : name,
        made.version,
        made.configuration,
      )
    },
  },

  GetFunction: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:GetFunction', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async read(tx, { FunctionName, Qualifier }, ctx) {
      const found = await findVersion(tx, readName(FunctionName, ctx.scope, Qualifier))
      const { record, name } = found
      const configuration = shown(found)
      const { reservedConcurrency } = record
      return {
        Configuration: await describe(ctx, name, found.version, configuration),
        Code: configuration.image
          ? {
              RepositoryType: 'ECR',
              ImageUri: configuration.image.uri,
              ResolvedImageUri: configuration.image.found?.resolvedUri,
            }
          : { RepositoryType: 'S3', Location: await downloadUrl(tx, ctx, name.scope, configuration.code.id) },
        Tags: Object.keys(record.tags).length > 0 ? { ...record.tags } : undefined,
        Concurrency:
          reservedConcurrency === undefined ? undefined : { ReservedConcurrentExecutions: reservedConcurrency },
      }
    },
  },

  GetFunctionConfiguration: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:GetFunctionConfiguration', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async read(tx, { FunctionName, Qualifier }, ctx) {
      const found = await findVersion(tx, readName(FunctionName, ctx.scope, Qualifier))
      return describe(ctx, found.name, found.version, shown(found))
    },
  },

  ListFunctions: {
    authorize: () => [{ action: 'lambda:ListFunctions', resource: '*' }],
    async read(tx, { FunctionVersion, Marker, MaxItems, MasterRegion }, ctx) {
      if (MasterRegion !== undefined && MasterRegion !== 'ALL' && MasterRegion !== ctx.region) return { Functions: [] }
      const every = FunctionVersion === 'ALL' ? everyVersion : everyFunction
      const { items, next } = await page(Marker, Math.min(MaxItems ?? 50, 50), ['string', 'number'], (after) =>
        every(tx, after),
      )
      const Functions = items.map(({ key: [name, number], value }) => {
        const shown = number === 0 ? '$LATEST' : String(number)
        const qualifier = FunctionVersion === 'ALL' ? shown : undefined
        return describe(ctx, { scope: ctx.scope, name, qualifier }, shown, value)
      })
      return { Functions: await Promise.all(Functions), NextMarker: next }
    },
  },

  DeleteFunction: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:DeleteFunction', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async write(tx, { FunctionName, Qualifier }, ctx) {
      const name = readName(FunctionName, ctx.scope, Qualifier)
      const home = tx.in(name.scope)
      const record = await findFunction(tx, name)
      if (name.qualifier === '$LATEST')
        throw invalid('$LATEST version cannot be deleted without deleting the function.')
      if (name.qualifier === undefined) await deleteFunction(home, record, ctx)
      else await deleteVersion(home, record, name, ctx)
      // Instances are processes, not state: ending them again after a conflict harms nobody.
      ctx.host.functions.retire(functionArn(name), { versions: true })
      return { StatusCode: 204 }
    },
  },

  GetAccountSettings: {
    authorize: () => [{ action: 'lambda:GetAccountSettings', resource: '*' }],
    async read(tx, _input, ctx) {
      const reserved = await tx.count(usage('reserved'))
      const { concurrency } = ctx.host.functions
      return {
        AccountLimit: {
          TotalCodeSize: codeLimits.totalBytes,
          CodeSizeUnzipped: codeLimits.zippedBytes,
          CodeSizeZipped: codeLimits.directBytes,
          ConcurrentExecutions: concurrency,
          UnreservedConcurrentExecutions: concurrency - reserved,
        },
        AccountUsage: {
          TotalCodeSize: await tx.count(usage('code-bytes')),
          FunctionCount: await tx.count(usage('functions')),
        },
      }
    },
  },
})

/** A version as it is shown. */
function shown({ record, version, configuration }: Found): Configuration {
  return version === '$LATEST' ? shownLatest(record) : configuration
}

async function receiveCode(
  { Code, ImageConfig }: InputFor<Api, 'CreateFunction'>,
  architecture: string,
  ctx: Ctx,
): Promise<Received & Partial<ReceivedImage>> {
  if (Code.ImageUri !== undefined) return receiveImage(Code.ImageUri, architecture, imageSettings(ImageConfig), ctx)
  if (ImageConfig) throw invalid('ImageConfig is for functions whose PackageType is Image.')
  return receivePackage(Code, ctx, 'CreateFunction')
}

/** The ARN that a request is about, for its authorisation; existing or not. */
export function arnOf(text: string, ctx: Ctx, qualifier?: string): string {
  return functionArn(readName(text, ctx.scope, qualifier))
}

async function refuseExisting(tx: { get: Tx['get'] }, { name }: FunctionName): Promise<void> {
  if (await tx.get(lambdaFunction(name))) throw conflict(`Function already exist: ${name}`)
}

async function deleteFunction(tx: Tx, record: LambdaFunction, { host }: Ctx): Promise<void> {
  const { name } = record
  const configurations = [record.latest]
  for await (const { value } of tx.range(version.under(name))) configurations.push(value)
  // Its layers and network are those of what it is until then.
  if (record.upcoming) await dropPackage(tx, record.upcoming.code, host)
  for (const { code, layers, network } of configurations) {
    await dropPackage(tx, code, host)
    await dropLayers(tx, layers, host)
    await detachNetwork(tx, network, name)
  }
  for (const records of [version, alias, policy, eventInvokeConfig, provisioned, runtimeUpdates])
    tx.clear(records.under(name))
  if (record.codeSigningId !== undefined) tx.delete(codeSigningUse(record.codeSigningId, name))
  await dropUrls(tx, name)
  await host.invocations.forget(tx, name)
  if (record.latest.durable) {
    host.deliveries.schedule(tx, {
      ...{ kind: 'lambda:durable-forget', scope: tx.scope, data: { functionId: record.id } },
    })
  }
  tx.delete(lambdaFunction(name))
  tx.add(usage('functions'), -1)
  if (record.reservedConcurrency) tx.add(usage('reserved'), -record.reservedConcurrency)
  else if (record.provisionedConcurrency) tx.add(usage('provisioned'), -record.provisionedConcurrency)
}

async function deleteVersion(tx: Tx, record: LambdaFunction, name: FunctionName, { host }: Ctx): Promise<void> {
  const number = Number(name.qualifier)
  if (!Number.isInteger(number)) {
    throw invalid('Deletion of aliases is not currently supported. Use DeleteAlias to delete an alias.')
  }
  const gone = await tx.get(version(record.name, number))
  if (!gone) throw functionNotFound(name)
  for await (const { value } of tx.range(alias.under(record.name))) {
    if (value.version === name.qualifier || value.additional?.version === name.qualifier) {
      throw conflict(
        `Version(s) ${name.qualifier} for function ${record.name} are referenced by the alias ${value.name}. Delete or change it first.`,
      )
    }
  }
  await dropPackage(tx, gone.code, host)
  await dropLayers(tx, gone.layers, host)
  await detachNetwork(tx, gone.network, record.name)
  await dropProvisioned(tx, record.name, String(number))
  tx.delete(version(record.name, number))
  tx.delete(policy(record.name, String(number)))
  tx.delete(eventInvokeConfig(record.name, String(number)))
  tx.delete(runtimeUpdates(record.name, String(number)))
}
