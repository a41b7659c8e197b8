import { isAwsError } from '../../kernel/errors.ts'
import { resource } from '../../kernel/resource.ts'
import { readOne } from './resource-reads.ts'

interface AuthorizerProperties {
  ApiId: string
  Name: string
  AuthorizerType: string
  AuthorizerCredentialsArn?: string
  AuthorizerPayloadFormatVersion?: string
  AuthorizerResultTtlInSeconds?: number
  AuthorizerUri?: string
  EnableSimpleResponses?: boolean
  IdentitySource?: readonly string[]
  JwtConfiguration?: object
}

const properties = [
  'Name',
  'AuthorizerType',
  'AuthorizerCredentialsArn',
  'AuthorizerPayloadFormatVersion',
  'AuthorizerResultTtlInSeconds',
  'AuthorizerUri',
  'EnableSimpleResponses',
  'IdentitySource',
  'JwtConfiguration',
] as const

export const authorizerResource = resource<AuthorizerProperties>({
  properties: ['ApiId', ...properties],
  async create(props, rx) {
    const { AuthorizerId } = await rx.invoke<{ AuthorizerId: string }>('apigatewayv2:CreateAuthorizer', {
      IdentitySource: [],
      ...props,
    })
    return { id: AuthorizerId, attributes: { AuthorizerId } }
  },
  async update(id, props, previous, rx) {
    // What a template no longer has is what it is without.
    const usualTtl = props.IdentitySource?.length ? 300 : 0
    const reset = {
      ...(previous.AuthorizerCredentialsArn !== undefined && { AuthorizerCredentialsArn: '' }),
      ...(previous.AuthorizerResultTtlInSeconds !== undefined && { AuthorizerResultTtlInSeconds: usualTtl }),
      ...(previous.IdentitySource !== undefined && { IdentitySource: [] }),
      ...(previous.EnableSimpleResponses !== undefined && { EnableSimpleResponses: false }),
    }
    await rx.invoke('apigatewayv2:UpdateAuthorizer', { ...reset, ...props, AuthorizerId: id })
    return { id, attributes: { AuthorizerId: id } }
  },
  async delete(id, { ApiId }, rx) {
    await rx.invoke('apigatewayv2:DeleteAuthorizer', { ApiId, AuthorizerId: id }).catch((error: unknown) => {
      if (!isAwsError(error, 'NotFoundException')) throw error
    })
  },
  read: (AuthorizerId, { ApiId }, rx) => readOne('GetAuthorizer', { ApiId, AuthorizerId }, properties, rx),
})
