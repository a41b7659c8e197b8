import { buffer } from 'node:stream/consumers'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { ZipFile } from 'yazl'
import type { Server } from './servers.ts'
import { signedRequest } from './sign.ts'

/** What a client of the SDK needs to talk to the server. */
export function settings(node: Server) {
  return {
    endpoint: `http://127.0.0.1:${node.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
}

export const lambdaClient = (node: Server) => new LambdaClient(settings(node))

/** A role without permissions, of functions unless of another service; its ARN. */
export async function makeRole(node: Server, name = 'bench', service = 'lambda'): Promise<string> {
  const iam = new IAMClient(settings(node))
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' }],
      }),
    }),
  )
  iam.destroy()
  return Role?.Arn ?? ''
}

/** A Node function from the source of its `index.js`; it answers its event unless told otherwise. Ready when this resolves. */
export async function makeFunction(
  node: Server,
  name: string,
  role: string,
  source = 'exports.handler = async (event) => event\n',
): Promise<void> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from(source), 'index.js')
  zip.end()
  const client = lambdaClient(node)
  await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: await buffer(zip.outputStream) },
    }),
  )
  await untilUpdated(client, name)
  client.destroy()
}

export async function untilUpdated(client: LambdaClient, name: string): Promise<void> {
  for (;;) {
    const { State, LastUpdateStatus } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }))
    if (State === 'Active' && LastUpdateStatus === 'Successful') return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Sees to it that the next request of the function is the first of a configuration. */
export async function makeCold(client: LambdaClient, name: string, round: number): Promise<void> {
  // Another environment is another configuration: the instances there are belong to the old one.
  const Environment = { Variables: { ROUND: String(round) } }
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment }))
  await untilUpdated(client, name)
  // Long enough for the pool to be full again, as between the bursts of a real load.
  await new Promise((resolve) => setTimeout(resolve, 400))
}

/** An invocation that waits for its answer. */
export const invokeRequest = (node: Server, name: string, payload: string) =>
  signedRequest(node.port, {
    path: `/2015-03-31/functions/${name}/invocations`,
    service: 'lambda',
    headers: { 'content-type': 'application/octet-stream' },
    body: payload,
  })
