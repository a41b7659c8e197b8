import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { downloadUrl } from './download.ts'
import { invalid, notFound } from './errors.ts'
import {
  type LayerVersionName,
  layerArn,
  layerVersionArn,
  layerVersionOfArn,
  readLayerName,
  readLayerVersionArn,
} from './layer-names.ts'
import { dropPackage, keepPackage, receivePackage } from './packages.ts'
import { page } from './page.ts'
import { policyText } from './policy-statements.ts'
import { type LayerVersion, layer, layerPolicy, layerVersion } from './state.ts'

/** Layers: code that functions share. https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html */
export const layers = operations<Api>()({
  PublishLayerVersion: {
    authorize: ({ LayerName }, ctx) => [
      { action: 'lambda:PublishLayerVersion', resource: layerArn(readLayerName(LayerName, ctx)) },
    ],
    async call(input, ctx) {
      const named = readLayerName(input.LayerName, ctx)
      if (named.scope.account !== ctx.account) throw invalid('A layer is published in the account of its caller.')
      if ((input.CompatibleRuntimes?.length ?? 0) > 15) throw invalid('A layer names at most 15 compatible runtimes.')
      const received = await receivePackage(input.Content, ctx, 'PublishLayerVersion')
      return ctx.write(async (tx) => {
        const version = ((await tx.get(layer(named.name)))?.lastVersion ?? 0) + 1
        const made: LayerVersion = {
          name: named.name,
          version,
          code: received.code,
          description: input.Description ?? '',
          license: input.LicenseInfo,
          runtimes: input.CompatibleRuntimes,
          architectures: input.CompatibleArchitectures,
          createdAtMs: ctx.nowMs,
        }
        await keepPackage(tx, received, ctx.host)
        tx.set(layer(named.name), { lastVersion: version })
        tx.set(layerVersion(named.name, version), made)
        return withContent(tx, { ...named, version }, made, ctx)
      })
    },
  },

  GetLayerVersion: {
    authorize: ({ LayerName, VersionNumber }, ctx) => [
      { action: 'lambda:GetLayerVersion', resource: versionArn(LayerName, VersionNumber, ctx) },
    ],
    async read(tx, { LayerName, VersionNumber }, ctx) {
      const name = { ...readLayerName(LayerName, ctx), version: VersionNumber }
      return withContent(tx, name, await findLayerVersion(tx, name), ctx)
    },
  },

  GetLayerVersionByArn: {
    authorize: ({ Arn }, ctx) => [
      { action: 'lambda:GetLayerVersion', resource: layerVersionArn(readLayerVersionArn(Arn, ctx)) },
    ],
    async read(tx, { Arn }, ctx) {
      const name = readLayerVersionArn(Arn, ctx)
      return withContent(tx, name, await findLayerVersion(tx, name), ctx)
    },
  },

  DeleteLayerVersion: {
    authorize: ({ LayerName, VersionNumber }, ctx) => [
      { action: 'lambda:DeleteLayerVersion', resource: versionArn(LayerName, VersionNumber, ctx) },
    ],
    async write(tx, { LayerName, VersionNumber }, ctx) {
      const { scope, name } = readLayerName(LayerName, ctx)
      const home = tx.in(scope)
      const gone = await home.get(layerVersion(name, VersionNumber))
      // Deleting what is not there is done. Functions that have the version keep its code.
      if (!gone) return {}
      home.delete(layerVersion(name, VersionNumber))
      home.delete(layerPolicy(name, VersionNumber))
      await dropPackage(home, gone.code, ctx.host)
      return {}
    },
  },

  ListLayers: {
    authorize: () => [{ action: 'lambda:ListLayers', resource: '*' }],
    async read(tx, { Marker, MaxItems, CompatibleRuntime, CompatibleArchitecture }, ctx) {
      const latest = new Map<string, LayerVersion>()
      const { items, next } = await page(
        Marker,
        Math.min(MaxItems ?? 50, 50),
        ['string'],
        (after) => tx.range(layer.between([], after ? { after } : {})),
        async ({ key: [name] }) => {
          const found = await latestOf(tx, name, CompatibleRuntime, CompatibleArchitecture)
          if (found) latest.set(name, found)
          return found !== undefined
        },
      )
      const Layers = items.map(({ key: [name] }) => ({
        LayerName: name,
        LayerArn: layerArn({ scope: ctx.scope, name }),
        LatestMatchingVersion: describe({ scope: ctx.scope, name }, latest.get(name) as LayerVersion),
      }))
      return { Layers, NextMarker: next }
    },
  },

  ListLayerVersions: {
    authorize: () => [{ action: 'lambda:ListLayerVersions', resource: '*' }],
    async read(tx, { LayerName, Marker, MaxItems, CompatibleRuntime, CompatibleArchitecture }, ctx) {
      const named = readLayerName(LayerName, ctx)
      if (named.scope.account !== ctx.account) {
        throw awsError('AccessDeniedException', 'The versions of a layer are listed in its own account only.', {
          status: 403,
        })
      }
      const { items, next } = await page(
        Marker,
        Math.min(MaxItems ?? 50, 50),
        ['string', 'number'],
        (after) =>
          tx
            .in(named.scope)
            .range(layerVersion.between([named.name], after ? { to: [after[1]] } : {}), { reverse: true }),
        ({ value }) => matches(value, CompatibleRuntime, CompatibleArchitecture),
      )
      return { LayerVersions: items.map(({ value }) => describe(named, value)), NextMarker: next }
    },
  },
})

/** The ARN that a request on a layer version is about, existing or not. */
export function versionArn(layerName: string, version: number, ctx: Ctx): string {
  return layerVersionArn({ ...readLayerName(layerName, ctx), version })
}

/** The layer version, or ResourceNotFoundException. */
export async function findLayerVersion(tx: ReadTx, name: LayerVersionName): Promise<LayerVersion> {
  const found = await tx.in(name.scope).get(layerVersion(name.name, name.version))
  if (!found) throw notFound('The resource you requested does not exist.')
  return found
}

/** The policy of a layer version, for the check of a request on it. */
export async function layerResourcePolicy(tx: ReadTx, arn: string) {
  const name = layerVersionOfArn(arn)
  if (!name) return undefined
  const found = await tx.in(name.scope).get(layerPolicy(name.name, name.version))
  return found && { policy: policyText(found) }
}

async function latestOf(tx: ReadTx, name: string, runtime: string | undefined, architecture: string | undefined) {
  for await (const { value } of tx.range(layerVersion.under(name), { reverse: true })) {
    if (matches(value, runtime, architecture)) return value
  }
  return undefined
}

/** A layer that names no runtimes or architectures is left out where some are asked for, as in Lambda. */
function matches({ runtimes, architectures }: LayerVersion, runtime?: string, architecture?: string): boolean {
  return (
    (runtime === undefined || (runtimes?.some((one) => one === runtime) ?? false)) &&
    (architecture === undefined || (architectures?.some((one) => one === architecture) ?? false))
  )
}

function describe(named: Pick<LayerVersionName, 'scope' | 'name'>, one: LayerVersion) {
  return {
    LayerVersionArn: layerVersionArn({ ...named, version: one.version }),
    Version: one.version,
    Description: one.description,
    CreatedDate: new Date(one.createdAtMs).toISOString().replace('Z', '+0000'),
    CompatibleRuntimes: one.runtimes && [...one.runtimes],
    CompatibleArchitectures: one.architectures && [...one.architectures],
    LicenseInfo: one.license,
  }
}

async function withContent(tx: ReadTx, name: LayerVersionName, one: LayerVersion, ctx: Ctx) {
  const { code } = one
  return {
    ...describe(name, one),
    LayerArn: layerArn(name),
    Content: {
      Location: await downloadUrl(tx, ctx, name.scope, code.id),
      CodeSha256: code.sha256,
      CodeSize: code.sizeBytes,
    },
  }
}
