import { formatArn, parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { Scope } from '../../kernel/records.ts'
import { constraint, invalid } from './errors.ts'

/** A layer of some account. */
export interface LayerName {
  readonly scope: Scope
  readonly name: string
}

export interface LayerVersionName extends LayerName {
  readonly version: number
}

/** Reads a `LayerName` parameter: a name, or the ARN of a layer. */
export function readLayerName(text: string, ctx: Pick<Ctx, 'scope'>): LayerName {
  const parsed = parseArn(text)
  const name = parsed ? /^layer:([\w-]+)$/.exec(parsed.resource)?.[1] : text
  if (name === undefined || !/^[\w-]{1,140}$/.test(name) || (parsed && parsed.service !== 'lambda')) {
    throw constraint(text, 'layerName', 'Member must be the name (letters, digits, - and _) or the ARN of a layer')
  }
  const scope = parsed ? { account: parsed.account, region: parsed.region } : ctx.scope
  if (scope.region !== ctx.scope.region) throw invalid(`The layer ${text} is in another region.`)
  return { scope, name }
}

/** The layer version that an ARN names, or undefined when it names something else. */
export function layerVersionOfArn(arn: string): LayerVersionName | undefined {
  const parsed = parseArn(arn)
  const [, name, version] = /^layer:([\w-]{1,140}):(\d{1,15})$/.exec(parsed?.resource ?? '') ?? []
  if (parsed?.service !== 'lambda' || name === undefined || version === undefined) return undefined
  return { scope: { account: parsed.account, region: parsed.region }, name, version: Number(version) }
}

/** As `layerVersionOfArn`, for parameters. */
export function readLayerVersionArn(arn: string, ctx: Pick<Ctx, 'scope'>, at = 'arn'): LayerVersionName {
  const name = layerVersionOfArn(arn)
  if (!name) {
    throw constraint(arn, at, 'Member must be the ARN of a layer version (arn:aws:lambda:region:account:layer:name:1)')
  }
  if (name.scope.region !== ctx.scope.region) throw invalid(`The layer version ${arn} is in another region.`)
  return name
}

export function layerArn({ scope, name }: LayerName): string {
  return formatArn('lambda', scope.region, scope.account, `layer:${name}`)
}

export function layerVersionArn(name: LayerVersionName): string {
  return `${layerArn(name)}:${name.version}`
}
