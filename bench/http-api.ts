import { ApiGatewayV2Client, CreateApiCommand } from '@aws-sdk/client-apigatewayv2'
import { AddPermissionCommand } from '@aws-sdk/client-lambda'
import { lambdaClient, settings } from './lambda.ts'
import type { Server } from './servers.ts'

/** An HTTP API that hands every request to the function; the path it answers at. */
export async function makeHttpApi(node: Server, name: string): Promise<string> {
  const [gateway, lambda] = [new ApiGatewayV2Client(settings(node)), lambdaClient(node)]
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: name,
      StatementId: 'gateway',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
    }),
  )
  const Target = `arn:aws:lambda:us-east-1:000000000000:function:${name}`
  const { ApiEndpoint = '' } = await gateway.send(new CreateApiCommand({ Name: name, ProtocolType: 'HTTP', Target }))
  gateway.destroy()
  lambda.destroy()
  return new URL(ApiEndpoint).pathname
}

/** A request without a signature. */
export const plainRequest = (port: number, path: string, body: string) =>
  Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
