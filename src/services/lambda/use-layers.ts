import { inspectZip, zipLimits } from '../../functions/zip-directory.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Scope, Tx } from '../../kernel/records.ts'
import { invalid } from './errors.ts'
import { layerArn, layerVersionArn, layerVersionOfArn, readLayerVersionArn } from './layer-names.ts'
import { dropPackage, sharePackage } from './packages.ts'
import { type Code, codeBody, type FunctionLayer, layerVersion } from './state.ts'

const mostLayers = 5

/** What using these layers needs of whoever configures a function with them. */
export function layerAccess(arns: readonly string[] | undefined, ctx: Ctx) {
  return (arns ?? []).map((arn) => ({
    action: 'lambda:GetLayerVersion',
    resource: layerVersionArn(readLayerVersionArn(arn, ctx, 'layers')),
  }))
}

/**
 * Finds the layer versions that a function is to have, in order. Those that it has already stay usable when they have
 * been deleted since. Throws InvalidParameterValueException for what does not exist, or does not go together.
 */
export async function findLayers(
  ctx: Ctx,
  arns: readonly string[] | undefined,
  had: readonly FunctionLayer[] = [],
): Promise<readonly FunctionLayer[] | undefined> {
  if (!arns || arns.length === 0) return undefined
  if (arns.length > mostLayers) throw invalid(`A function can have at most ${mostLayers} layers.`)
  const names = arns.map((arn) => ({ arn, ...readLayerVersionArn(arn, ctx, 'layers') }))
  const byLayer = new Map<string, string>()
  for (const name of names) {
    const other = byLayer.get(layerArn(name))
    if (other !== undefined) {
      throw invalid(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${name.arn} are versions of the same layer.`,
      )
    }
    byLayer.set(layerArn(name), name.arn)
  }
  return ctx.read(async (tx) => {
    const found: FunctionLayer[] = []
    for (const { arn, scope, name, version } of names) {
      const code =
        had.find((one) => one.arn === arn)?.code ?? (await tx.in(scope).get(layerVersion(name, version)))?.code
      if (!code) throw missing(arn)
      found.push({ arn, code })
    }
    return found
  })
}

/** Throws when a function's package and layers are more than fits beside each other. */
export async function checkUnzippedSize(
  ctx: Ctx,
  scope: Scope,
  code: Code,
  layers: readonly FunctionLayer[] | undefined,
): Promise<void> {
  if (!layers) return
  let bytes = await unzippedBytes(ctx, scope, code)
  for (const layer of layers) bytes += await unzippedBytes(ctx, scopeOf(layer), layer.code)
  if (bytes > zipLimits.unzippedBytes) {
    throw invalid(
      `Function code combined with layers exceeds the maximum allowed size of ${zipLimits.unzippedBytes} bytes. The actual size is ${bytes} bytes.`,
    )
  }
}

async function unzippedBytes({ host }: Ctx, scope: Scope, code: Code): Promise<number> {
  if (code.unzippedBytes !== undefined) return code.unzippedBytes
  // Received before sizes were kept.
  const body = await host.records.read(scope, (tx) => tx.get(codeBody(code.id)))
  if (!body) return 0
  return (await inspectZip(body.ref.inline ?? (await host.blobs.path(body.ref)))).unzippedBytes
}

/** In the transaction in which a version comes to have the layers: their code stays until it no longer has them. */
export async function shareLayers(tx: Tx, layers: readonly FunctionLayer[] | undefined): Promise<void> {
  for (const layer of layers ?? []) {
    const home = tx.in(scopeOf(layer))
    // Deleted between two transactions.
    if (!(await home.get(codeBody(layer.code.id)))) throw missing(layer.arn)
    await sharePackage(home, layer.code)
  }
}

/** In the transaction in which a version goes, or comes to have other layers. */
export async function dropLayers(tx: Tx, layers: readonly FunctionLayer[] | undefined, host: Host): Promise<void> {
  for (const layer of layers ?? []) await dropPackage(tx.in(scopeOf(layer)), layer.code, host)
}

/** The bodies of a version's layers, in order; undefined when one is gone, as it is when the version is. */
export async function layerBodies(tx: ReadTx, layers: readonly FunctionLayer[] = []) {
  const bodies = []
  for (const layer of layers) {
    const body = await tx.in(scopeOf(layer)).get(codeBody(layer.code.id))
    if (!body) return undefined
    bodies.push({ code: body.ref, sha256: layer.code.sha256 })
  }
  return bodies
}

function missing(arn: string) {
  return invalid(`Layer version ${arn} does not exist.`)
}

function scopeOf({ arn }: FunctionLayer): Scope {
  const name = layerVersionOfArn(arn)
  if (!name) throw new Error(`${arn} is stored as a layer and is none`)
  return name.scope
}
