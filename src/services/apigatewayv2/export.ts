import { stringify } from 'yaml'
import type { Part } from '../../gateway/openapi.ts'
import { operations } from '../../kernel/operation.ts'
import type { KeyPart, KeyRange, ReadTx } from '../../kernel/records.ts'
import type { Api as ApiGatewayV2 } from './api.ts'
import { exportIntegration, exportScheme, sigv4 } from './export-extensions.ts'
import { apiArn, badRequest, findApi, found } from './find.ts'
import { type Api, authorizer, type Deployment, deployment, integration, route, stage } from './state.ts'

/** What a document is made of: a deployment, or what the API is now. */
type Exported = Pick<Deployment, 'routes' | 'integrations' | 'authorizers'>

/** HTTP APIs as OpenAPI 3 documents. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html */
export const exports = operations<ApiGatewayV2>()({
  ExportApi: {
    authorize: ({ ApiId, Specification }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `apis/${ApiId}/exports/${Specification}`) },
    ],
    async read(
      tx,
      { ApiId, Specification, OutputType, ExportVersion = '1.0', IncludeExtensions = true, StageName },
      ctx,
    ) {
      const api = await findApi(tx, ApiId)
      if (Specification !== 'OAS30') throw badRequest('Invalid specification specified: must be OAS30.')
      if (OutputType !== 'JSON' && OutputType !== 'YAML')
        throw badRequest('Invalid output type specified: must be JSON or YAML.')
      if (ExportVersion !== '1.0') throw badRequest('Invalid export version specified: must be 1.0.')
      const of = StageName === undefined ? await latest(tx, ApiId) : await deployedTo(tx, ApiId, StageName)
      const where = StageName === undefined || StageName === '$default' ? '' : `/${StageName}`
      const url = `${ctx.baseUrl}/_aws/execute-api/${ApiId}${where}`
      // Members that are undefined are none: YAML would write them as null.
      const text = JSON.stringify(documentOf(api, of, url, IncludeExtensions), null, 2)
      return { body: Buffer.from(OutputType === 'YAML' ? stringify(JSON.parse(text)) : text) }
    },
  },
})

async function latest(tx: ReadTx, apiId: string): Promise<Exported> {
  const all = <V>(range: KeyRange<V, readonly KeyPart[]>) => Array.fromAsync(tx.range(range), ({ value }) => value)
  return {
    routes: await all(route.under(apiId)),
    integrations: await all(integration.under(apiId)),
    authorizers: await all(authorizer.under(apiId)),
  }
}

async function deployedTo(tx: ReadTx, apiId: string, name: string): Promise<Exported> {
  const { deploymentId } = await found(tx, stage(apiId, name), 'Stage', name)
  // A stage to which nothing was deployed serves nothing.
  return (
    (deploymentId === undefined ? undefined : await tx.get(deployment(apiId, deploymentId))) ?? {
      routes: [],
      integrations: [],
    }
  )
}

function documentOf(
  api: Api,
  { routes, integrations, authorizers = [] }: Exported,
  url: string,
  extended: boolean,
): Part {
  const paths: Record<string, Record<string, Part>> = {}
  // Authorizers may be called as what every object has: __proto__.
  const schemes = new Map<string, Part>()
  for (const one of routes) {
    const [method = '', path = ''] = one.key === '$default' ? ['ANY', '/$default'] : one.key.split(' ')
    const guard = authorizers.find(({ id }) => id === one.authorizerId)
    const scheme = one.authorizationType === 'AWS_IAM' ? 'sigv4' : guard?.Name
    if (scheme !== undefined) schemes.set(scheme, guard ? exportScheme(guard, extended) : sigv4)
    const target = integrations.find(({ id }) => one.target === `integrations/${id}`)
    const parameters = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name = '']) => ({
      ...{ name, in: 'path', required: true },
      schema: { type: 'string' },
    }))
    paths[path] ??= {}
    paths[path][method === 'ANY' ? 'x-amazon-apigateway-any-method' : method.toLowerCase()] = {
      operationId: one.operationName,
      ...(parameters.length > 0 && { parameters }),
      responses: { default: { description: `Default response for ${one.key}` } },
      ...(scheme !== undefined && { security: [{ [scheme]: one.authorizationScopes ?? [] }] }),
      ...(path === '/$default' && extended && { isDefaultRoute: true }),
      ...(extended && target && { 'x-amazon-apigateway-integration': exportIntegration(target) }),
    }
  }
  const { cors } = api
  return {
    openapi: '3.0.1',
    info: {
      title: api.name,
      description: api.description,
      version: api.version ?? new Date(api.createdAtMs).toISOString(),
    },
    servers: [{ url }],
    tags: Object.entries(api.tags).map(([name, value]) => ({ name, 'x-amazon-apigateway-tag-value': value })),
    paths,
    ...(schemes.size > 0 && { components: { securitySchemes: Object.fromEntries(schemes) } }),
    ...(extended && {
      ...(cors && {
        'x-amazon-apigateway-cors': {
          ...{ allowOrigins: cors.AllowOrigins, allowMethods: cors.AllowMethods, allowHeaders: cors.AllowHeaders },
          ...{ exposeHeaders: cors.ExposeHeaders, allowCredentials: cors.AllowCredentials, maxAge: cors.MaxAge },
        },
      }),
      'x-amazon-apigateway-importexport-version': '1.0',
    }),
  }
}
