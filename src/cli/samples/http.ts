import { address, agent, requestTime, type Sample, type SampleSetting } from './sample.ts'

const apiId = 'a1b2c3d4e5'
export const host = ({ region }: SampleSetting) => `${apiId}.execute-api.${region}.amazonaws.com`

function forwarded(hostname: string): Record<string, string> {
  return {
    accept: 'application/json',
    'content-type': 'application/json',
    host: hostname,
    'user-agent': agent,
    'x-amzn-trace-id': 'Root=1-67891233-abcdef012345678912345678',
    'x-forwarded-for': address,
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
  }
}

/** Each header as a list of its values. */
function lists(values: Record<string, string>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]))
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html */
export function restRequest(setting: SampleSetting) {
  const { at, account, body, newId } = setting
  const headers = forwarded(host(setting))
  return {
    resource: '/orders/{id}',
    path: '/orders/42',
    httpMethod: 'POST',
    headers,
    multiValueHeaders: lists(headers),
    queryStringParameters: { verbose: 'true' },
    multiValueQueryStringParameters: { verbose: ['true'] },
    pathParameters: { id: '42' },
    stageVariables: null,
    requestContext: {
      accountId: account,
      apiId,
      domainName: host(setting),
      domainPrefix: apiId,
      extendedRequestId: newId(),
      httpMethod: 'POST',
      identity: {
        accessKey: null,
        accountId: null,
        caller: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: address,
        user: null,
        userAgent: agent,
        userArn: null,
      },
      path: '/dev/orders/42',
      protocol: 'HTTP/1.1',
      requestId: newId(),
      requestTime: requestTime(at),
      requestTimeEpoch: at.getTime(),
      resourceId: 'r3s0rc',
      resourcePath: '/orders/{id}',
      stage: 'dev',
    },
    body,
    isBase64Encoded: false,
  }
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function httpRequest(setting: SampleSetting, domainName: string, route: { routeKey: string; rawPath: string }) {
  const { at, account, body, newId } = setting
  const { routeKey, rawPath } = route
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: 'verbose=true',
    headers: forwarded(domainName),
    queryStringParameters: { verbose: 'true' },
    ...(routeKey.includes('{id}') ? { pathParameters: { id: '42' } } : {}),
    requestContext: {
      accountId: account,
      apiId: domainName.split('.')[0],
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: { method: 'POST', path: rawPath, protocol: 'HTTP/1.1', sourceIp: address, userAgent: agent },
      requestId: newId(),
      routeKey,
      stage: '$default',
      time: requestTime(at),
      timeEpoch: at.getTime(),
    },
    body,
    isBase64Encoded: false,
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-alb.html */
function loadBalancerRequest({ region, account, body }: SampleSetting) {
  const group = `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/orders/6d0ecf831eec9f09`
  return {
    requestContext: { elb: { targetGroupArn: group } },
    httpMethod: 'POST',
    path: '/orders/42',
    queryStringParameters: { verbose: 'true' },
    headers: forwarded(`orders-1234567890.${region}.elb.amazonaws.com`),
    body,
    isBase64Encoded: false,
  }
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html */
function webSocketMessage(setting: SampleSetting) {
  const { at, body, newId } = setting
  return {
    requestContext: {
      apiId,
      connectedAt: at.getTime() - 60_000,
      connectionId: 'L0SM9cOFvHcCIhw=',
      domainName: host(setting),
      eventType: 'MESSAGE',
      extendedRequestId: newId(),
      identity: { sourceIp: address },
      messageDirection: 'IN',
      messageId: newId(),
      requestId: newId(),
      requestTime: requestTime(at),
      requestTimeEpoch: at.getTime(),
      routeKey: '$default',
      stage: 'dev',
    },
    body,
    isBase64Encoded: false,
  }
}

export const http: Readonly<Record<string, Sample>> = {
  'apigateway-v1': {
    summary: 'a request to a REST API (payload format 1.0)',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html',
    takesBody: true,
    make: restRequest,
  },
  'apigateway-v2': {
    summary: 'a request to an HTTP API (payload format 2.0)',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html',
    takesBody: true,
    make: (setting) => httpRequest(setting, host(setting), { routeKey: 'POST /orders/{id}', rawPath: '/orders/42' }),
  },
  'apigateway-websocket': {
    summary: 'a message to a WebSocket API',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html',
    takesBody: true,
    make: webSocketMessage,
  },
  'function-url': {
    summary: 'a request to the URL of a function',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html',
    takesBody: true,
    make: (setting) => {
      const domain = `abcdefghijklmnopqrstuvwxyz012345.lambda-url.${setting.region}.on.aws`
      return httpRequest(setting, domain, { routeKey: '$default', rawPath: '/orders/42' })
    },
  },
  alb: {
    summary: 'a request through an Application Load Balancer',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-alb.html',
    takesBody: true,
    make: loadBalancerRequest,
  },
}
