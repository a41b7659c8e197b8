import { host, httpRequest, restRequest } from './http.ts'
import type { Sample, SampleSetting } from './sample.ts'

const methodArn = ({ region, account }: SampleSetting) =>
  `arn:aws:execute-api:${region}:${account}:a1b2c3d4e5/dev/POST/orders/42`

export const authorizers: Readonly<Record<string, Sample>> = {
  'authorizer-token': {
    summary: 'what a REST API asks an authorizer of type TOKEN; a body of your own is the token',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html',
    takesBody: true,
    make: (setting) => ({ type: 'TOKEN', authorizationToken: setting.body, methodArn: methodArn(setting) }),
  },
  'authorizer-request': {
    summary: 'what a REST API asks an authorizer of type REQUEST',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html',
    takesBody: false,
    make: (setting) => {
      const { body: _, isBase64Encoded: __, ...request } = restRequest(setting)
      return { type: 'REQUEST', methodArn: methodArn(setting), ...request }
    },
  },
  'authorizer-v2': {
    summary: 'what an HTTP API asks an authorizer (payload format 2.0)',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html',
    takesBody: false,
    make: (setting) => {
      const route = { routeKey: 'POST /orders/{id}', rawPath: '/orders/42' }
      const { body: _, isBase64Encoded: __, ...request } = httpRequest(setting, host(setting), route)
      const headers = { ...request.headers, authorization: 'Bearer sample' }
      const identitySource = [headers.authorization]
      return { type: 'REQUEST', routeArn: methodArn(setting), identitySource, ...request, headers }
    },
  },
}
