import { isAwsError } from '../../kernel/errors.ts'
import { resource } from '../../kernel/resource.ts'

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

export const authorizerResource = resource<AuthorizerProperties>({
  properties: [
    'ApiId',
    'Name',
    'AuthorizerType',
    'AuthorizerCredentialsArn',
    'AuthorizerPayloadFormatVersion',
    'AuthorizerResultTtlInSeconds',
    'AuthorizerUri',
    'EnableSimpleResponses',
    'IdentitySource',
    'JwtConfiguration',
  ],
  async create(props, rx) {
    const { AuthorizerId } = await rx.invoke<{ AuthorizerId: string }>('apigatewayv2:CreateAuthorizer', {
      IdentitySource: [],
      ...props,
    })
    return { id: AuthorizerId, attributes: { AuthorizerId } }
  },
  async update(id, props, _previous, rx) {
    await rx.invoke('apigatewayv2:UpdateAuthorizer', { ...props, AuthorizerId: id })
    return { id, attributes: { AuthorizerId: id } }
  },
  async delete(id, { ApiId }, rx) {
    await rx.invoke('apigatewayv2:DeleteAuthorizer', { ApiId, AuthorizerId: id }).catch((error: unknown) => {
      if (!isAwsError(error, 'NotFoundException')) throw error
    })
  },
})
