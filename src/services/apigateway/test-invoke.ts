import { callRoute } from '../../gateway/answer.ts'
import { identityOf } from '../../gateway/authorizer-event.ts'
import { clientCertificate } from '../../gateway/client-certificate.ts'
import { encodeBody, isBinaryForRest } from '../../gateway/incoming.ts'
import { askAuthorizer } from '../../gateway/lambda-authorizer.ts'
import { compileRoutes } from '../../gateway/match.ts'
import { isProblem, restProblem } from '../../gateway/problem.ts'
import { variablesOf } from '../../gateway/variables.ts'
import type { WireRequest } from '../../kernel/http.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, findMethod, findResource, found, methodArn, refuse } from './find.ts'
import { lambdaAuthorizer, methodAsServed } from './publish.ts'
import { authorizer } from './state.ts'
import { testStage } from './test-stage.ts'

const refusedContext = { additionalContext: 'authorizers see what a request says.' }

/** Calls a method as it is now, deployed or not. https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html */
export const testInvocations = operations<Api>()({
  TestInvokeMethod: {
    authorize: (input, ctx) => [{ action: 'apigateway:POST', resource: methodArn(ctx, input) }],
    async call(input, ctx) {
      const { host, requestId, nowMs } = ctx
      const { clientCertificateId } = input
      const { stage, route } = await ctx.read(async (tx) => {
        if (clientCertificateId !== undefined)
          await found(tx, clientCertificate(clientCertificateId), 'Invalid Client Certificate Identifier specified')
        const api = await findApi(tx, input.restApiId)
        const at = await findResource(tx, input.restApiId, input.resourceId)
        return methodAsServed(tx, api, await findMethod(tx, input), at, ctx, input.stageVariables ?? {})
      })
      const [path = route.path, query = ''] = (input.pathWithQueryString || route.path).split('?', 2)
      const method = route.method === 'ANY' ? 'GET' : route.method
      const matched = compileRoutes([route])(method, path)
      if (!matched) throw badRequest(`Invalid path ${path.slice(0, 200)}: it is none of the resource ${route.path}.`)
      const wire = request(method, path, query, input)
      const incoming = {
        ...{
          stage: { ...stage, clientCertificateId },
          path,
          fullPath: `/${stage.stage}${path}`,
          wire,
          requestId,
          nowMs,
          host: 'testPrefix.testDomainName',
        },
        ...matched,
        ...encodeBody(wire.body, wire.headers['content-type'], isBinaryForRest(stage.binaryMediaTypes)),
      }
      const answer = await callRoute(incoming, host, ctx.signal)
      const response = isProblem(answer) ? restProblem(stage, answer.problem, variablesOf(incoming)) : answer
      const latency = Math.round(ctx.clock.nowMs() - nowMs)
      const { body = '' } = response
      if (typeof body !== 'string' && !(body instanceof Uint8Array)) throw new Error('a stream cannot be tested')
      const lists = Object.entries(response.headers).map(([name, value]) => [name, [value].flat()] as const)
      return {
        status: response.status,
        body: typeof body === 'string' ? body : Buffer.from(body).toString('utf8'),
        headers: Object.fromEntries(lists.map(([name, values]) => [name, values.at(-1) ?? ''])),
        multiValueHeaders: Object.fromEntries(lists),
        latency,
        log: `${requestId}: ${method} ${path}: status ${response.status}, ${latency} ms`,
      }
    },
  },

  TestInvokeAuthorizer: {
    authorize: ({ restApiId, authorizerId }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, `restapis/${restApiId}/authorizers/${authorizerId}`) },
    ],
    async call(input, ctx) {
      refuse(input, refusedContext)
      const { host, requestId, nowMs } = ctx
      const { stage, asked } = await ctx.read(async (tx) => {
        const api = await findApi(tx, input.restApiId)
        const one = await found(tx, authorizer(api.id, input.authorizerId), 'Invalid Authorizer identifier specified')
        const variables = input.stageVariables ?? {}
        return { stage: await testStage(tx, api, ctx, variables), asked: lambdaAuthorizer(one, variables) }
      })
      const [path = '/', query = ''] = (input.pathWithQueryString || '/').split('?', 2)
      const wire = request('GET', path, query, input)
      const key = { key: `GET ${path}`, method: 'GET', path, resourceId: 'test-invoke-resource-id' }
      const incoming = {
        ...{ stage, path, fullPath: `/${stage.stage}${path}`, wire, requestId, nowMs, pathParameters: {} },
        host: 'testPrefix.testDomainName',
        route: {
          ...key,
          integration: { type: 'mock' as const, requests: {}, passthrough: 'NEVER' as const, responses: [] },
        },
        ...encodeBody(wire.body, wire.headers['content-type'], isBinaryForRest(stage.binaryMediaTypes)),
      }
      // Nothing of a test is kept, nor is what was kept answered; what a kept answer needs has to be there all the same.
      const incomplete = asked.ttlSec > 0 && identityOf(asked, incoming).some((part) => !part)
      const outcome = incomplete
        ? ('unauthorized' as const)
        : await askAuthorizer({ ...asked, ttlSec: 0 }, input.authorizerId, incoming, host, ctx.signal)
      const latency = Math.round(ctx.clock.nowMs() - nowMs)
      const told = (clientStatus: number, what: string) => ({
        clientStatus,
        latency,
        log: `${requestId}: authorizer ${input.authorizerId}: ${what}, ${latency} ms`,
      })
      if (outcome === 'unauthorized') return told(401, outcome)
      if (typeof outcome === 'string') return told(500, outcome)
      return { ...told(0, 'answered'), principalId: outcome.principalId, policy: outcome.policy }
    },
  },
})

interface Given {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>
}

function request(method: string, path: string, query: string, given: Given): WireRequest {
  const pairs = Object.entries(given.headers ?? {}).concat(
    Object.entries(given.multiValueHeaders ?? {}).flatMap(([name, values]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  )
  return {
    method,
    path,
    query,
    headers: Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])),
    rawHeaders: pairs.flat(),
    body: Buffer.from(given.body ?? ''),
    remoteAddress: 'test-invoke-source-ip',
    origin: 'https://testPrefix.testDomainName',
  }
}
