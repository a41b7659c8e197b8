import { validatePolicy } from '../../authz/validate.ts'
import type { Ctx } from '../../kernel/context.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { badRequest } from './find.ts'

/**
 * An API's own policy as it is kept: resources that begin with `execute-api:/` are this API's. Undefined for none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
 */
export function checkedPolicy(text: string | undefined, apiId: string, ctx: Ctx): string | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const prefix = `arn:aws:execute-api:${ctx.region}:${ctx.account}:${apiId}/`
  // `GetRestApi` answers it with escaped quotes, which tools hand back.
  const plain = text.startsWith('{\\"') ? text.replaceAll('\\"', '"') : text
  const whole = plain.replaceAll('"execute-api:/', `"${prefix}`)
  try {
    validatePolicy(whole, 'resource')
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw badRequest(
      `Invalid policy document. Please check the policy syntax and ensure that Principals are valid. ${error.message}`,
    )
  }
  return JSON.stringify(JSON.parse(whole))
}
