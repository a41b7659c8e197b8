import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaClient,
} from '@aws-sdk/client-lambda'
import { ZipFile } from 'yazl'
import type { TestNode } from '../harness.ts'

/** Bytes of a zip with these files. */
export async function zipOf(files: Record<string, string>): Promise<Uint8Array> {
  const zip = new ZipFile()
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name)
  zip.end()
  return buffer(zip.outputStream)
}

const trust = (service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  })

/** What a function needs to log. */
export const logging = {
  Effect: 'Allow',
  Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: '*',
}

/** Where clients come from: a test's own node, or one in another process. */
export type ClientMaker = Pick<TestNode, 'client'>

/** Makes a role that `service` may assume, with these statements. Answers its ARN. */
export async function makeRole(
  node: ClientMaker,
  name: string,
  statements: object[] = [logging],
  service = 'lambda.amazonaws.com',
): Promise<string> {
  const iam = node.client(IAMClient)
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust(service) }))
  if (statements.length > 0) {
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'inline', PolicyDocument }))
  }
  iam.destroy()
  return Role?.Arn ?? ''
}

/** Makes a function from the source of its `index.js`. */
export async function makeFunction(
  lambda: LambdaClient,
  name: string,
  role: string,
  source: string,
  more: Partial<CreateFunctionCommandInput> = {},
) {
  return lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Code: { ZipFile: await zipOf({ 'index.js': source }) },
      ...more,
    }),
  )
}

/** How a function is once nothing is under way for it any more. */
export async function settled(lambda: LambdaClient, FunctionName: string) {
  for (;;) {
    const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
    if (found.State !== 'Pending' && found.LastUpdateStatus !== 'InProgress') return found
    await setTimeout(20)
  }
}

/** Calls a function and parses its answer. */
export async function call(
  lambda: LambdaClient,
  name: string,
  event: unknown = {},
  more: Partial<InvokeCommandInput> = {},
) {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)), ...more }),
  )
  const text = Buffer.from(answer.Payload ?? []).toString('utf8')
  return {
    status: answer.StatusCode,
    error: answer.FunctionError,
    version: answer.ExecutedVersion,
    log: answer.LogResult === undefined ? undefined : Buffer.from(answer.LogResult, 'base64').toString('utf8'),
    value: text === '' ? undefined : (JSON.parse(text) as unknown),
  }
}
