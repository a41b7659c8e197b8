import type { Part } from '../../gateway/openapi.ts'
import type { Authorizer, Integration } from './state.ts'

/** How documents write that AWS's signatures are asked for. */
export const sigv4: Part = {
  ...{ type: 'apiKey', name: 'Authorization', in: 'header' },
  'x-amazon-apigateway-authtype': 'awsSigv4',
}

/** An integration as documents write it: what an import reads. */
export function exportIntegration(one: Integration): Part {
  return {
    payloadFormatVersion: one.payloadFormat,
    type: (one.type ?? 'AWS_PROXY').toLowerCase(),
    integrationSubtype: one.subtype,
    httpMethod: one.subtype === undefined ? one.method : undefined,
    uri: one.subtype === undefined ? one.uri : undefined,
    credentials: one.credentialsArn,
    requestParameters: one.requestParameters,
    responseParameters: one.responseParameters,
    connectionType: 'INTERNET',
    timeoutInMillis: one.timeoutMs,
  }
}

/** An authorizer as a security scheme. */
export function exportScheme(one: Authorizer, extended: boolean): Part {
  if (one.AuthorizerType === 'JWT') {
    return {
      type: 'oauth2',
      ...(extended && {
        'x-amazon-apigateway-authorizer': {
          type: 'jwt',
          identitySource: one.IdentitySource.join(','),
          jwtConfiguration: { audience: one.JwtConfiguration?.Audience, issuer: one.JwtConfiguration?.Issuer },
        },
      }),
    }
  }
  return {
    // What is not one header has no name in this language.
    ...{ type: 'apiKey', name: 'Unused', in: 'header', 'x-amazon-apigateway-authtype': 'custom' },
    ...(extended && {
      'x-amazon-apigateway-authorizer': {
        type: 'request',
        identitySource: one.IdentitySource.length > 0 ? one.IdentitySource.join(',') : undefined,
        authorizerUri: one.AuthorizerUri,
        authorizerCredentials: one.AuthorizerCredentialsArn,
        authorizerPayloadFormatVersion: one.AuthorizerPayloadFormatVersion,
        authorizerResultTtlInSeconds: one.AuthorizerResultTtlInSeconds,
        enableSimpleResponses: one.EnableSimpleResponses,
      },
    }),
  }
}
