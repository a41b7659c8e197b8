import { isDeepStrictEqual } from 'node:util'
import { reservedVariables } from '../../functions/environment.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { Host } from '../../kernel/host.ts'
import { invalid } from './errors.ts'
import { type FunctionName, functionArn } from './names.ts'
import type { Configuration } from './state.ts'

/**
 * Environment variables are kept sealed, and opened for who may see the configuration and for starting instances:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
 */
const purpose = 'function environment'
const mostBytes = 4096

type Variables = Readonly<Record<string, string>>
type Kept = Pick<Configuration, 'environment' | 'sealedEnvironment'>

/** The variables of a version. `name` may have a qualifier; it makes no difference. */
export function environmentOf(host: Pick<Host, 'sealing'>, name: FunctionName, kept: Kept): Variables | undefined {
  if (!kept.sealedEnvironment) return kept.environment
  const plain = host.sealing.unseal(purpose, kept.sealedEnvironment.bytes, contextOf(name))
  if (!plain) throw new Error(`the environment of ${functionArn(name)} does not open with this data folder's key`)
  return JSON.parse(Buffer.from(plain).toString('utf8')) as Variables
}

/**
 * What is kept of the variables that a request brings; of those before when it brings none, or the same. Throws
 * InvalidParameterValueException when they are reserved or too many.
 */
export function changedEnvironment(
  ctx: Pick<Ctx, 'host' | 'newId'>,
  name: FunctionName,
  before: Kept,
  asked: { readonly Variables?: Variables } | undefined,
): Kept {
  const variables = asked ? (asked.Variables ?? {}) : before.environment
  // Kept from before environments were sealed: sealed with the first change of anything.
  const { sealedEnvironment } = before
  if (!variables) return { environment: undefined, sealedEnvironment }
  if (asked) check(variables)
  if (Object.keys(variables).length === 0) return { environment: undefined, sealedEnvironment: undefined }
  if (sealedEnvironment && isDeepStrictEqual(variables, environmentOf(ctx.host, name, { sealedEnvironment }))) {
    return { environment: undefined, sealedEnvironment }
  }
  const bytes = ctx.host.sealing.seal(purpose, Buffer.from(JSON.stringify(variables)), contextOf(name))
  return { environment: undefined, sealedEnvironment: { id: ctx.newId(), bytes } }
}

/** A sealed environment opens only for the function that it was sealed for. */
function contextOf({ scope, name }: FunctionName): string {
  return functionArn({ scope, name })
}

function check(variables: Variables): void {
  const reserved = Object.keys(variables).filter((name) => reservedVariables.has(name))
  if (reserved.length > 0) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    )
  }
  if (Buffer.byteLength(JSON.stringify(variables)) > mostBytes) {
    throw invalid(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.',
    )
  }
}
