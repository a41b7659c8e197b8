import { isList, isMap, own, type Value, type ValueMap } from '../value.ts'
import { type Kind, readAuth, withAuth } from './auth.ts'
import { httpAuthorizers, restAuthorizers } from './authorizers.ts'
import { s3Location } from './function.ts'
import {
  add,
  type Declared,
  hashOf,
  methodOf,
  type Output,
  passed,
  pick,
  type Route,
  refuseOthers,
  samError,
} from './output.ts'
import { withPolicy } from './resource-policy.ts'
import { addUsagePlan } from './usage-plan.ts'

/** The APIs that a template has when events name none. */
export const implicitApis: Readonly<Record<string, ValueMap>> = {
  ServerlessRestApi: { Type: 'AWS::Serverless::Api', Properties: { StageName: 'Prod' } },
  ServerlessHttpApi: { Type: 'AWS::Serverless::HttpApi', Properties: {} },
}

/** `AWS::Serverless::Api`: a REST API from its definition and the events that name it, deployed to a stage. */
export function transformApi(declared: Declared, out: Output): void {
  const { id, properties, rest } = declared
  const api = [
    'Description',
    'BinaryMediaTypes',
    'MinimumCompressionSize',
    'FailOnWarnings',
    'DisableExecuteApiEndpoint',
    'ApiKeySourceType',
  ]
  const staged = ['TracingEnabled', 'Variables', 'MethodSettings', 'CacheClusterEnabled', 'CacheClusterSize']
  const known = [
    'Name',
    'StageName',
    'DefinitionBody',
    'DefinitionUri',
    'EndpointConfiguration',
    'Auth',
    'OpenApiVersion',
    'Tags',
    'AccessLogSetting',
    // What is made for it has its tags either way.
    'PropagateTags',
  ]
  refuseOthers(id, properties, [...api, ...staged, ...known])
  const version = own(properties, 'OpenApiVersion')
  const head: ValueMap = version === undefined ? { swagger: '2.0' } : { openapi: version }
  const body = securedBody(declared, head, out, restMethod, restAuthorizers(declared, out))
  const endpoint = own(properties, 'EndpointConfiguration')
  const tags = own(properties, 'Tags')
  const asTags = isMap(tags) ? Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) : undefined
  const made = {
    ...body,
    ...pick(properties, ['Name', ...api]),
    ...(endpoint === undefined ? {} : endpointOf(id, endpoint)),
    ...(asTags === undefined ? {} : { Tags: asTags }),
  }
  add(out, id, 'AWS::ApiGateway::RestApi', made, rest)
  const deployment = `${id}Deployment${hashOf(body)}`
  const description = `RestApi deployment id: ${hashOf(body)}`
  // Another definition is another deployment; the old one goes when the stage has left it.
  const stageless = version === undefined ? { StageName: 'Stage' } : {}
  add(
    out,
    deployment,
    'AWS::ApiGateway::Deployment',
    { Description: description, RestApiId: { Ref: id }, ...stageless },
    passed(rest),
  )
  const name = own(properties, 'StageName')
  if (name === undefined) throw samError(id, "Missing required property 'StageName'.")
  const stage = `${id}${typeof name === 'string' ? name.replaceAll(/[^a-zA-Z0-9]/g, '') : ''}Stage`
  const stageProperties = {
    DeploymentId: { Ref: deployment },
    RestApiId: { Ref: id },
    StageName: name,
    ...pick(properties, [...staged, 'AccessLogSetting']),
    ...(asTags === undefined ? {} : { Tags: asTags }),
  }
  add(out, stage, 'AWS::ApiGateway::Stage', stageProperties, passed(rest))
  addUsagePlan(declared, stage, out)
  out.renamed.set(`${id}.Stage`, stage)
  out.renamed.set(`${id}.Deployment`, deployment)
}

/** `AWS::Serverless::HttpApi`: an HTTP API from its definition and the events that name it, deployed as it changes. */
export function transformHttpApi(declared: Declared, out: Output): void {
  const { id, properties, rest } = declared
  const staged = ['StageVariables', 'DefaultRouteSettings', 'RouteSettings']
  const known = [
    'Name',
    'Description',
    'StageName',
    'DefinitionBody',
    'DefinitionUri',
    'CorsConfiguration',
    'Auth',
    'Tags',
    'AccessLogSettings',
    'PropagateTags',
  ]
  refuseOthers(id, properties, [...known, ...staged, 'FailOnWarnings', 'DisableExecuteApiEndpoint'])
  const cors = own(properties, 'CorsConfiguration')
  const tags = {
    'httpapi:createdBy': 'SAM',
    ...(isMap(own(properties, 'Tags')) ? (own(properties, 'Tags') as ValueMap) : {}),
  }
  const head: ValueMap = {
    openapi: '3.0.1',
    tags: Object.entries(tags).map(([name, value]) => ({ name, 'x-amazon-apigateway-tag-value': value })),
    ...(cors === undefined ? {} : { 'x-amazon-apigateway-cors': corsOf(id, cors) }),
  }
  const body = securedBody(declared, head, out, httpMethod, httpAuthorizers(declared, out))
  add(
    out,
    id,
    'AWS::ApiGatewayV2::Api',
    { ...body, ...pick(properties, ['Description', 'FailOnWarnings', 'DisableExecuteApiEndpoint']) },
    rest,
  )
  const name = own(properties, 'StageName')
  const stage = `${id}${name === undefined || name === '$default' ? 'ApiGatewayDefault' : typeof name === 'string' ? name.replaceAll(/[^a-zA-Z0-9]/g, '') : ''}Stage`
  const made = {
    ApiId: { Ref: id },
    AutoDeploy: true,
    StageName: name ?? '$default',
    ...pick(properties, [...staged, 'AccessLogSettings']),
    Tags: tags,
  }
  add(out, stage, 'AWS::ApiGatewayV2::Stage', made, passed(rest))
  out.renamed.set(`${id}.Stage`, stage)
}

/** The definition, with who may call its methods. */
function securedBody(
  declared: Declared,
  head: ValueMap,
  out: Output,
  method: (route: Route) => ValueMap,
  kind: Kind,
): ValueMap {
  const { id, properties } = declared
  const auth = readAuth(declared, kind)
  const made = bodyOf(id, properties, head, out, method)
  const [body, routes] = [own(made, 'Body'), out.routes.get(id) ?? []]
  return isMap(body) ? { ...made, Body: withPolicy(withAuth(body, id, auth, kind, routes), declared, routes) } : made
}

/** The definition: one that is given, or one made of the events' routes; given ones get those that they lack. */
function bodyOf(
  id: string,
  properties: ValueMap,
  head: ValueMap,
  out: Output,
  method: (route: Route) => ValueMap,
): ValueMap {
  const uri = own(properties, 'DefinitionUri')
  if (uri !== undefined) {
    const { S3Bucket, S3Key, S3ObjectVersion } = s3Location(id, 'DefinitionUri', uri)
    return {
      BodyS3Location: {
        Bucket: S3Bucket ?? '',
        Key: S3Key ?? '',
        ...(S3ObjectVersion === undefined ? {} : { Version: S3ObjectVersion }),
      },
    }
  }
  const given = own(properties, 'DefinitionBody')
  const routes = out.routes.get(id) ?? []
  const title = typeof head.openapi === 'string' ? own(properties, 'Name') : undefined
  const made = { info: { title: title ?? { Ref: 'AWS::StackName' }, version: '1.0' }, ...head }
  const base = isMap(given) ? withHead(given, head) : made
  if (isMap(given) && routes.length === 0) return { Body: base }
  const before = own(base, 'paths')
  const paths = new Map<string, ValueMap>(
    isMap(before) ? Object.entries(before).map(([path, item]) => [path, isMap(item) ? item : {}]) : [],
  )
  for (const route of routes) {
    const name = methodOf(route)
    const item = paths.get(route.path) ?? {}
    paths.set(route.path, { ...item, [name]: { ...method(route), ...(isMap(item[name]) ? item[name] : {}) } })
  }
  return { Body: { ...base, paths: Object.fromEntries(paths) } }
}

/** A given definition with what stands beside it: tags, and how browsers may call. */
function withHead(given: ValueMap, head: ValueMap): ValueMap {
  const [before, tags] = [own(given, 'tags'), own(head, 'tags')]
  const added = isList(tags) ? { tags: [...(isList(before) ? before : []), ...tags] } : {}
  return { ...given, ...pick(head, ['x-amazon-apigateway-cors']), ...added }
}

function restMethod({ target }: Route): ValueMap {
  const uri = `arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/${target}/invocations`
  return {
    responses: {},
    'x-amazon-apigateway-integration': { httpMethod: 'POST', type: 'aws_proxy', uri: { 'Fn::Sub': uri } },
  }
}

function httpMethod({ path, target, payloadFormat, timeoutMs }: Route): ValueMap {
  const uri = `arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/${target}/invocations`
  return {
    ...(path === '$default' ? { isDefaultRoute: true } : {}),
    responses: {},
    'x-amazon-apigateway-integration': {
      httpMethod: 'POST',
      payloadFormatVersion: payloadFormat ?? '2.0',
      type: 'aws_proxy',
      uri: { 'Fn::Sub': uri },
      ...(timeoutMs === undefined ? {} : { timeoutInMillis: timeoutMs }),
    },
  }
}

function endpointOf(id: string, value: Value): ValueMap {
  if (!isMap(value) || Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'))) {
    return { EndpointConfiguration: { Types: [value] }, Parameters: { endpointConfigurationTypes: value } }
  }
  refuseOthers(id, value, ['Type', 'VPCEndpointIds'], 'EndpointConfiguration.')
  const [type = 'EDGE', endpoints] = [own(value, 'Type'), own(value, 'VPCEndpointIds')]
  return {
    EndpointConfiguration: { Types: [type], ...(endpoints === undefined ? {} : { VpcEndpointIds: endpoints }) },
    Parameters: { endpointConfigurationTypes: type },
  }
}

const corsNames = {
  AllowMethods: 'allowMethods',
  AllowHeaders: 'allowHeaders',
  AllowOrigins: 'allowOrigins',
  AllowCredentials: 'allowCredentials',
  ExposeHeaders: 'exposeHeaders',
  MaxAge: 'maxAge',
}

function corsOf(id: string, cors: Value): ValueMap {
  if (cors === true) return { allowOrigins: ['*'] }
  if (!isMap(cors)) throw samError(id, "'CorsConfiguration' must be true or an object.")
  refuseOthers(id, cors, Object.keys(corsNames), 'CorsConfiguration.')
  return Object.fromEntries(
    Object.entries(corsNames).flatMap(([name, inBody]) =>
      own(cors, name) === undefined ? [] : [[inBody, own(cors, name) ?? '']],
    ),
  )
}
