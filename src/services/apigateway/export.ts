import { stringify } from 'yaml'
import type { Part } from '../../gateway/openapi.ts'
import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { documentationOf } from './documentation-versions.ts'
import { type Dialect, operationKey, operationOf, validatorOf, validators } from './export-operation.ts'
import { apiArn, badRequest, findApi, found } from './find.ts'
import { type Authorizer, type Deployment, deployment, type RestApi, type Stage, stage } from './state.ts'

const sigv4 = {
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  'x-amazon-apigateway-authtype': 'awsSigv4',
}
const extensions = ['integrations', 'authorizers', 'apigateway', 'documentation'] as const
type Extension = (typeof extensions)[number]

/** Stages as documents. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html */
export const exports = operations<Api>()({
  GetExport: {
    authorize: ({ restApiId, stageName, exportType }, ctx) => [
      {
        action: 'apigateway:GET',
        resource: apiArn(ctx, `restapis/${restApiId}/stages/${stageName}/exports/${exportType}`),
      },
    ],
    async read(tx, { restApiId, stageName, exportType, parameters = {}, accepts = 'application/json' }, ctx) {
      const api = await findApi(tx, restApiId)
      const of = await found(tx, stage(restApiId, stageName), 'Invalid stage identifier specified')
      const from = await found(tx, deployment(restApiId, of.deploymentId), 'Invalid Deployment identifier specified')
      const dialect = dialectOf(exportType)
      const yaml = accepts === 'application/yaml'
      if (!yaml && !/^(application\/json|\*\/\*)/.test(accepts))
        throw badRequest('accepts must be application/json or application/yaml.')
      const wanted = extensionsOf(parameters)
      const documentation = wanted.has('documentation')
        ? await documentationOf(tx, restApiId, of.documentationVersion)
        : undefined
      const document = {
        ...documentOf(api, of, from, dialect, wanted, ctx),
        'x-amazon-apigateway-documentation': documentation,
      }
      // Members that are undefined are none: YAML would write them as null.
      const text = JSON.stringify(document, null, 2)
      return {
        contentType: yaml ? 'application/yaml' : 'application/json',
        contentDisposition: `attachment; filename="${exportType}_${new Date(ctx.nowMs).toISOString()}.${yaml ? 'yaml' : 'json'}"`,
        body: Buffer.from(yaml ? stringify(JSON.parse(text)) : text),
      }
    },
  },
})

function dialectOf(exportType: string): Dialect {
  if (exportType === 'oas30' || exportType === 'swagger') return exportType
  throw badRequest(`Invalid export type ${exportType.slice(0, 100)}: must be oas30 or swagger.`)
}

function extensionsOf({ extensions: given = '', ...others }: Readonly<Record<string, string>>): Set<Extension> {
  for (const name of Object.keys(others))
    throw badRequest(`The parameter ${name.slice(0, 100)} is not supported by Landfall: extensions is.`)
  const wanted = given.split(',').filter(Boolean)
  for (const one of wanted) {
    if (!extensions.some((known) => known === one))
      throw badRequest(
        `The extensions ${one.slice(0, 100)} are not supported by Landfall: ${extensions.join(', ')} are.`,
      )
  }
  const asked = (name: Extension) => wanted.includes(name) || wanted.includes('apigateway')
  return new Set(extensions.filter(asked))
}

function documentOf(
  api: RestApi,
  { name: stageName }: Stage,
  { methods, models = {}, authorizers = {}, gatewayResponses = {}, policy }: Deployment,
  dialect: Dialect,
  wanted: ReadonlySet<Extension>,
  ctx: Ctx,
): Part {
  const paths: Record<string, Record<string, Part>> = {}
  const schemes: Record<string, Part> = {}
  const used = new Set<string>()
  for (const method of methods) {
    const { authorizationType, authorizerId = '', validation } = method
    const one = authorizationType === 'CUSTOM' ? authorizers[authorizerId] : undefined
    const scheme = authorizationType === 'AWS_IAM' ? 'sigv4' : one?.name
    if (scheme !== undefined) schemes[scheme] = one ? schemeOf(one, wanted.has('authorizers')) : sigv4
    if (method.apiKeyRequired) schemes.api_key = { type: 'apiKey', name: 'x-api-key', in: 'header' }
    const validator = validatorOf(validation)
    if (validator !== undefined) used.add(validator)
    paths[method.path] ??= {}
    const operation = operationOf(method, dialect, wanted.has('integrations'), scheme)
    paths[method.path]![operationKey(method.httpMethod)] = operation
  }
  const host = ctx.baseUrl.replace(/^https?:\/\//, '')
  const basePath = `/_aws/execute-api/${api.id}/${stageName}`
  const definitions = schemasOf(api, models, dialect)
  const info = {
    title: api.name,
    ...(api.description !== undefined && { description: api.description }),
    version: api.version ?? new Date(api.createdAtMs).toISOString(),
  }
  return {
    ...(dialect === 'oas30'
      ? { openapi: '3.0.1', info, servers: [{ url: `${ctx.baseUrl}${basePath}` }], paths }
      : { swagger: '2.0', info, host, basePath, schemes: [ctx.baseUrl.split(':')[0]], paths }),
    ...(dialect === 'oas30'
      ? { components: { schemas: definitions, securitySchemes: schemes } }
      : { securityDefinitions: schemes, definitions }),
    ...(wanted.has('integrations') &&
      used.size > 0 && {
        'x-amazon-apigateway-request-validators': Object.fromEntries([...used].map((one) => [one, validators[one]])),
      }),
    ...(wanted.has('apigateway') && {
      ...(Object.keys(gatewayResponses).length > 0 && { 'x-amazon-apigateway-gateway-responses': gatewayResponses }),
      ...(policy !== undefined && { 'x-amazon-apigateway-policy': JSON.parse(policy) }),
      ...(api.binaryMediaTypes.length > 0 && { 'x-amazon-apigateway-binary-media-types': api.binaryMediaTypes }),
      ...(api.apiKeySource && { 'x-amazon-apigateway-api-key-source': api.apiKeySource }),
    }),
  }
}

function schemeOf(one: Authorizer, withAuthorizer: boolean): Part {
  const header =
    one.type === 'TOKEN' ? /^method\.request\.header\.(.+)$/.exec(one.identitySource ?? '')?.[1] : undefined
  return {
    type: 'apiKey',
    // What is not one header has no name in this language.
    name: header ?? 'Unused',
    in: 'header',
    'x-amazon-apigateway-authtype': one.authType ?? 'custom',
    ...(withAuthorizer && {
      'x-amazon-apigateway-authorizer': {
        type: one.type.toLowerCase(),
        authorizerUri: one.authorizerUri,
        authorizerCredentials: one.authorizerCredentials,
        authorizerResultTtlInSeconds: one.authorizerResultTtlInSeconds,
        identityValidationExpression: one.identityValidationExpression,
        ...(one.type === 'REQUEST' && { identitySource: one.identitySource }),
      },
    }),
  }
}

/** Models refer to each other by their URLs, schemas of a document within it. */
function schemasOf({ id }: RestApi, models: Readonly<Record<string, string>>, dialect: Dialect): Part {
  const url = `"https://apigateway.amazonaws.com/restapis/${id}/models/`
  const at = dialect === 'oas30' ? '"#/components/schemas/' : '"#/definitions/'
  return Object.fromEntries(
    Object.entries(models).map(([name, schema]) => {
      // JSON Schema's own declaration is none of these languages.
      const { $schema: _, ...rest } = JSON.parse((schema || '{}').replaceAll(url, at)) as Part
      return [name, rest]
    }),
  )
}
