import { isList, isMap, own, type Value, type ValueMap } from '../value.ts'
import type { Kind } from './auth.ts'
import { add, type Declared, type Output, passed, refuseOthers, samError } from './output.ts'

/** The authorizers of a REST API, each of which a function is; it may be called by the API unless that is switched off. */
export function restAuthorizers(api: Declared, out: Output): Kind {
  const { id } = api
  return {
    known: ['Authorizers', 'DefaultAuthorizer', 'ApiKeyRequired', 'InvokeRole', 'UsagePlan', 'ResourcePolicy'],
    ofEvent: ['Authorizer', 'ApiKeyRequired', 'InvokeRole'],
    scheme(name, given) {
      const known = ['FunctionArn', 'FunctionInvokeRole', 'FunctionPayloadType', 'Identity']
      refuseOthers(id, given, [...known, 'DisableFunctionDefaultPermissions'], `Auth.Authorizers.${name}.`)
      const type = own(given, 'FunctionPayloadType') ?? 'TOKEN'
      if (type !== 'TOKEN' && type !== 'REQUEST')
        throw samError(id, `${name} Authorizer has invalid 'FunctionPayloadType': ${String(type)}.`)
      const uri = functionUri(id, name, given)
      const parts = ['Headers', 'QueryStrings', 'StageVariables', 'Context', 'ReauthorizeEvery']
      const identity = identityOf(id, name, given, type === 'TOKEN' ? tokenIdentity : parts)
      if (own(given, 'DisableFunctionDefaultPermissions') !== true) permission(api, name, given, 'aws', out)
      const expression = own(identity, 'ValidationExpression')
      const sources = type === 'TOKEN' ? [] : sourcesOf(id, name, identity, restSources)
      return {
        type: 'apiKey',
        name: type === 'TOKEN' ? (own(identity, 'Header') ?? 'Authorization') : 'Unused',
        in: 'header',
        'x-amazon-apigateway-authtype': 'custom',
        'x-amazon-apigateway-authorizer': {
          type: type.toLowerCase(),
          authorizerUri: uri,
          ...shared(given, identity),
          ...(expression === undefined ? {} : { identityValidationExpression: expression }),
          ...(sources.length === 0 ? {} : { identitySource: sources.join(', ') }),
        },
      }
    },
  }
}

/** The authorizers of an HTTP API: issuers of tokens, and functions, which it may call if that is switched on. */
export function httpAuthorizers(api: Declared, out: Output): Kind {
  const { id } = api
  return {
    known: ['Authorizers', 'DefaultAuthorizer', 'EnableIamAuthorizer'],
    ofEvent: ['Authorizer', 'AuthorizationScopes'],
    scheme(name, given) {
      const jwt = own(given, 'JwtConfiguration')
      if (jwt !== undefined) return tokenScheme(id, name, given, jwt)
      const known = ['FunctionArn', 'FunctionInvokeRole', 'AuthorizerPayloadFormatVersion', 'EnableSimpleResponses']
      const more = ['Identity', 'EnableFunctionDefaultPermissions']
      refuseOthers(id, given, [...known, ...more], `Auth.Authorizers.${name}.`)
      const version = own(given, 'AuthorizerPayloadFormatVersion')
      const uri = functionUri(id, name, given)
      if (version === undefined)
        throw samError(id, `${name} Lambda Authorizer must define 'AuthorizerPayloadFormatVersion'.`)
      const parts = ['Headers', 'QueryStrings', 'StageVariables', 'Context', 'ReauthorizeEvery']
      const identity = identityOf(id, name, given, parts)
      const simple = own(given, 'EnableSimpleResponses')
      if (own(given, 'EnableFunctionDefaultPermissions') === true)
        permission(api, name, given, '${AWS::Partition}', out)
      const sources = sourcesOf(id, name, identity, httpSources)
      return {
        ...{ type: 'apiKey', name: 'Unused', in: 'header' },
        'x-amazon-apigateway-authorizer': {
          type: 'request',
          authorizerUri: uri,
          ...shared(given, identity),
          authorizerPayloadFormatVersion: version,
          ...(simple === undefined ? {} : { enableSimpleResponses: simple }),
          ...(sources.length === 0 ? {} : { identitySource: sources }),
        },
      }
    },
  }
}

function tokenScheme(id: string, name: string, given: ValueMap, jwt: Value): ValueMap {
  const where = `Auth.Authorizers.${name}.`
  refuseOthers(id, given, ['JwtConfiguration', 'IdentitySource', 'AuthorizationScopes'], where)
  if (!isMap(jwt)) throw samError(id, `Property '${where}JwtConfiguration' should be a map.`)
  refuseOthers(id, jwt, ['Issuer', 'Audience', 'issuer', 'audience'], `${where}JwtConfiguration.`)
  const source = own(given, 'IdentitySource')
  if (source === undefined) throw samError(id, `${name} OAuth2 Authorizer must define 'IdentitySource'.`)
  const configuration = Object.entries(jwt).map(([key, value]) => [key.toLowerCase(), value])
  return {
    type: 'oauth2',
    'x-amazon-apigateway-authorizer': {
      type: 'jwt',
      identitySource: source,
      jwtConfiguration: Object.fromEntries(configuration),
    },
  }
}

const tokenIdentity = ['Header', 'ValidationExpression', 'ReauthorizeEvery']
const restSources = {
  Headers: 'method.request.header.',
  QueryStrings: 'method.request.querystring.',
  StageVariables: 'stageVariables.',
  Context: 'context.',
}
const httpSources = {
  Headers: '$request.header.',
  QueryStrings: '$request.querystring.',
  StageVariables: '$stageVariables.',
  Context: '$context.',
}

function functionUri(id: string, name: string, given: ValueMap): ValueMap {
  const arn = own(given, 'FunctionArn')
  if (arn === undefined) throw samError(id, `${name} Lambda Authorizer must define 'FunctionArn'.`)
  const uri = 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations'
  return { 'Fn::Sub': [uri, { __FunctionArn__: arn }] }
}

function identityOf(id: string, name: string, given: ValueMap, known: readonly string[]): ValueMap {
  const identity = own(given, 'Identity') ?? {}
  if (!isMap(identity)) throw samError(id, `Property 'Auth.Authorizers.${name}.Identity' should be a map.`)
  refuseOthers(id, identity, known, `Auth.Authorizers.${name}.Identity.`)
  return identity
}

/** What an authorizer looks at, as the definition of an API says it. */
function sourcesOf(id: string, name: string, identity: ValueMap, prefixes: Readonly<Record<string, string>>): string[] {
  return Object.entries(prefixes).flatMap(([kind, prefix]) => {
    const names = own(identity, kind) ?? []
    const where = `Property 'Auth.Authorizers.${name}.Identity.${kind}'`
    if (!isList(names)) throw samError(id, `${where} should be a list.`)
    return names.map((one) => {
      if (typeof one !== 'string') throw samError(id, `${where} should have strings.`)
      return prefix + one
    })
  })
}

function shared(given: ValueMap, identity: ValueMap): ValueMap {
  const [role, ttl] = [own(given, 'FunctionInvokeRole'), own(identity, 'ReauthorizeEvery')]
  return {
    ...(role === undefined || role === 'NONE' ? {} : { authorizerCredentials: role }),
    ...(ttl === undefined ? {} : { authorizerResultTtlInSeconds: ttl }),
  }
}

function permission({ id, rest }: Declared, name: string, given: ValueMap, partition: string, out: Output): void {
  const arn = `arn:${partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${__ApiId__}/authorizers/*`
  const made = {
    Action: 'lambda:InvokeFunction',
    FunctionName: own(given, 'FunctionArn') ?? '',
    Principal: 'apigateway.amazonaws.com',
    SourceArn: { 'Fn::Sub': [arn, { __ApiId__: { Ref: id } }] },
  }
  add(out, `${id}${name}AuthorizerPermission`, 'AWS::Lambda::Permission', made, passed(rest))
}
