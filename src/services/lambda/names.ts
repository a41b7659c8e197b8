import { formatArn, parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Scope } from '../../kernel/records.ts'
import { invalid, notFound } from './errors.ts'

/** What a `FunctionName` parameter names: a function of some account, and maybe a version or alias of it. */
export interface FunctionName {
  readonly scope: Scope
  readonly name: string
  readonly qualifier?: string | undefined
}

/**
 * Reads a name in any of its forms (`name`, `name:alias`, `123456789012:function:name`, an ARN) and the `Qualifier`
 * beside it, which must agree: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
 */
export function readName(text: string, scope: Scope, qualifier?: string): FunctionName {
  const parts = /^(?:arn:[^:]*:lambda:)?(?:([a-z]{2}-[^:]+):)?(?:(\d{12}):)?(?:function:)?([^:]+)(?::([^:]+))?$/.exec(
    text,
  )
  if (!parts) throw invalid(`The function name ${text} is not a name, a partial ARN or an ARN.`)
  const [, region = scope.region, account = scope.account, name = '', own] = parts
  if (name.length > 64) {
    throw awsError(
      'ValidationException',
      `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
      { status: 400 },
    )
  }
  if (own !== undefined && qualifier !== undefined && own !== qualifier) {
    throw invalid('The derived qualifier from the function name does not match the specified qualifier.')
  }
  if (region !== scope.region) {
    throw notFound(`Functions from '${region}' are not reachable in this region ('${scope.region}')`)
  }
  return { scope: { account, region }, name, qualifier: own ?? qualifier }
}

/** The ARN of a function, or of its version or alias. */
export function functionArn({ scope, name, qualifier }: FunctionName): string {
  const suffix = qualifier === undefined ? '' : `:${qualifier}`
  return formatArn('lambda', scope.region, scope.account, `function:${name}${suffix}`)
}

/** The ARN of the function itself, whichever of its versions was found. */
export function ownArn({ name }: { readonly name: FunctionName }): string {
  return functionArn({ scope: name.scope, name: name.name })
}

/** The function that an ARN names, or undefined when it names something else. */
export function nameOfArn(arn: string): FunctionName | undefined {
  const parsed = parseArn(arn)
  const [kind, name, qualifier, ...rest] = parsed?.resource.split(':') ?? []
  if (parsed?.service !== 'lambda' || kind !== 'function' || !name || rest.length > 0) return undefined
  return { scope: { account: parsed.account, region: parsed.region }, name, qualifier }
}

export function mappingArn(scope: Scope, id: string): string {
  return formatArn('lambda', scope.region, scope.account, `event-source-mapping:${id}`)
}
