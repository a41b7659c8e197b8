import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import {
  type APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  type CreateRestApiCommandInput,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutMethodCommand,
} from '@aws-sdk/client-api-gateway'
import { AddPermissionCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { makeFunction } from './lambda-support.ts'

export const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`

/** A function that API Gateway may call, for any API or only the one whose execute-api ARN pattern is given. */
export async function callable(lambda: LambdaClient, name: string, role: string, source: string, sourceArn?: string) {
  await makeFunction(lambda, name, role, source)
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: name,
      StatementId: 'gateway',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      ...(sourceArn !== undefined && { SourceArn: sourceArn }),
    }),
  )
}

export interface TestRestApi {
  readonly id: string
  readonly rootId: string
  /** Makes the resources of a path that are not there yet; answers the id of the last. */
  path(path: string): Promise<string>
  /** A method on a path that calls a function. */
  proxy(httpMethod: string, path: string, name: string, timeoutInMillis?: number): Promise<void>
  deploy(stageName: string, variables?: Record<string, string>): Promise<string>
}

export const invocation = (arn: string) =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${arn}/invocations`

export async function makeRestApi(
  client: APIGatewayClient,
  name: string,
  more: Partial<CreateRestApiCommandInput> = {},
): Promise<TestRestApi> {
  const { id: restApiId = '', rootResourceId = '' } = await client.send(new CreateRestApiCommand({ name, ...more }))
  const path = async (path: string) => {
    const { items = [] } = await client.send(new GetResourcesCommand({ restApiId, limit: 500 }))
    let parentId = rootResourceId
    let sofar = ''
    for (const pathPart of path.split('/').filter(Boolean)) {
      sofar += `/${pathPart}`
      const known = items.find((item) => item.path === sofar)?.id
      parentId = known ?? (await client.send(new CreateResourceCommand({ restApiId, parentId, pathPart }))).id ?? ''
    }
    return parentId
  }
  return {
    id: restApiId,
    rootId: rootResourceId,
    path,
    async proxy(httpMethod, where, name, timeoutInMillis) {
      const target = { restApiId, resourceId: await path(where), httpMethod }
      await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
      await client.send(
        new PutIntegrationCommand({
          ...target,
          type: 'AWS_PROXY',
          integrationHttpMethod: 'POST',
          uri: invocation(functionArn(name)),
          timeoutInMillis,
        }),
      )
    },
    async deploy(stageName, variables) {
      const { id = '' } = await client.send(new CreateDeploymentCommand({ restApiId, stageName, variables }))
      return id
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  readonly text: string
  json<T = Record<string, unknown>>(): T
}

/** A request as it is, Host included: fetch sets its own. */
export function ask(
  url: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: Buffer | string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      buffer(response).then((bytes) => {
        const text = bytes.toString('utf8')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          text,
          json: <T>() => JSON.parse(text) as T,
        })
      }, reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Names at every level of a value, for comparing events with published ones: `requestContext.identity.sourceIp`. */
export function namesIn(value: unknown, prefix = ''): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    prefix + name,
    // Headers, parameters and variables are named by who sends them.
    ...(/headers$|parameters$|variables$/i.test(name) ? [] : namesIn(inner, `${prefix}${name}.`)),
  ])
}
