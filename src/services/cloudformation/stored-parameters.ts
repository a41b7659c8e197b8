import type { Ctx } from '../../kernel/context.ts'
import { type ParameterDeclaration, storedType } from '../../stacks/parameters.ts'
import { invalid, own } from '../../stacks/value.ts'

const batch = 10

/**
 * What Parameter Store has under the names that parameters of the type `AWS::SSM::Parameter::Value<…>` give, by
 * parameter. Read as the caller. Throws ValidationError for those that are not there, or are secure.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
 */
export async function storedParameters(
  declared: Readonly<Record<string, ParameterDeclaration>>,
  given: Readonly<Record<string, string>>,
  ctx: Ctx,
): Promise<Record<string, string>> {
  const wanted = Object.entries(declared).flatMap(([parameter, { type }]) =>
    storedType(type) === undefined ? [] : [[parameter, own(given, parameter) ?? ''] as const],
  )
  const names = [...new Set(wanted.map(([, name]) => name))]
  const values = new Map<string, string>()
  for (let from = 0; from < names.length; from += batch) {
    const { Parameters = [] } = await ctx.host.invoke<{
      Parameters?: { Name: string; Selector?: string; Type: string; Value: string }[]
    }>(
      'ssm:GetParameters',
      { Names: names.slice(from, from + batch) },
      { as: ctx.principal, scope: ctx.scope, signal: ctx.signal, context: ctx.requestContext },
    )
    for (const { Name, Selector = '', Type, Value } of Parameters) {
      if (Type === 'SecureString') {
        throw invalid(`Parameters [${Name}] referenced by template have types not supported by CloudFormation.`)
      }
      values.set(`${Name}${Selector}`, Value)
    }
  }
  const missing = names.filter((name) => !values.has(name))
  if (missing.length > 0) {
    throw invalid(`Unable to fetch parameters [${missing.join(',')}] from parameter store for this account.`)
  }
  return Object.fromEntries(wanted.map(([parameter, name]) => [parameter, values.get(name) ?? '']))
}
