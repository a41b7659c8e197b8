import { randomUUID } from 'node:crypto'
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { expect, test } from 'vitest'
import { execute } from '../../src/services/lambda/execute.ts'
import { findVersion } from '../../src/services/lambda/find.ts'
import { startNode } from '../harness.ts'
import { makeRole, zipOf } from '../wire/lambda-support.ts'

/** How often the function changes: LANDFALL_RELOADS=2000 is the long run. */
const changes = Number(process.env.LANDFALL_RELOADS ?? 20)
const callers = 6

/** Every other package is a file of its own: small ones are kept with their record. */
const source = (version: number) => `${version % 2 === 0 ? `// ${'x'.repeat(10)}` : padding}
exports.handler = async () => ({ version: ${version}, setting: process.env.SETTING })`
const padding = Array.from({ length: 3_000 }, (_, n) => `// ${(n * 2_654_435_761).toString(36)}`).join('\n')

test('a request that found a version which is changed before it runs has the one that came in its place', async () => {
  await using node = await startNode()
  const lambda = node.client(LambdaClient)
  const FunctionName = 'found'
  await lambda.send(
    new CreateFunctionCommand({
      ...{ FunctionName, Role: await makeRole(node, FunctionName), Runtime: 'nodejs24.x', Handler: 'index.handler' },
      Code: { ZipFile: await zipOf({ 'index.js': source(1) }) },
    }),
  )
  const { host } = node.node
  const name = { scope: { account: '000000000000', region: 'us-east-1' }, name: FunctionName }
  const found = await host.records.read(name.scope, (tx) => findVersion(tx, name))
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await zipOf({ 'index.js': source(2) }) }))
  // What was known of the one that was found goes as another is called.
  await lambda.send(new InvokeCommand({ FunctionName }))
  const run = () => execute(host, found, { requestId: randomUUID(), payload: Buffer.from('{}') })
  expect(JSON.parse(Buffer.from((await run()).payload).toString())).toEqual({ version: 2 })
  await lambda.send(new DeleteFunctionCommand({ FunctionName }))
  await expect(run()).rejects.toThrow('Function not found')
})

test('while code and settings change, every request is answered by code that was there', {
  timeout: 120_000 + changes * 1_000,
}, async () => {
  await using node = await startNode()
  const lambda = node.client(LambdaClient)
  const Role = await makeRole(node, 'changed')
  const FunctionName = 'changed'
  const create = async (version: number) =>
    lambda.send(
      new CreateFunctionCommand({
        ...{ FunctionName, Role, Runtime: 'nodejs24.x', Handler: 'index.handler' },
        Code: { ZipFile: await zipOf({ 'index.js': source(version) }) },
      }),
    )
  await create(0)
  const wrong: string[] = []
  let oldest = 0
  let deleted = false
  let done = false
  const call = async () => {
    while (!done) {
      const [from, absent] = [oldest, deleted]
      try {
        const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName }))
        const answer = Payload?.transformToString() ?? ''
        const { version } = JSON.parse(answer) as { version?: number }
        if (FunctionError || version === undefined || version < from) wrong.push(`from ${from}: ${answer}`)
      } catch (error) {
        const { name, message } = error as Error
        if (name === 'ResourceNotFoundException' && (absent || deleted)) continue
        wrong.push(`${name}: ${message}`)
      }
    }
  }
  const calling = Array.from({ length: callers }, call)
  for (let version = 1; version <= changes; version += 1) {
    if (version % 10 === 0) {
      deleted = true
      await lambda.send(new DeleteFunctionCommand({ FunctionName }))
      await create(version)
      oldest = version
      // Whoever asked before may be answered yet.
      await lambda.send(new InvokeCommand({ FunctionName }))
      deleted = false
    } else {
      const ZipFile = await zipOf({ 'index.js': source(version) })
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }))
      oldest = version
    }
    if (version % 3 === 0) {
      const Environment = { Variables: { SETTING: String(version) } }
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment }))
    }
    // Credentials age at that very moment, too.
    if (version % 7 === 0) node.clock.advance(50 * 60_000)
  }
  done = true
  await Promise.all(calling)
  expect([...new Set(wrong)].slice(0, 10), `${wrong.length} wrong answers`).toEqual([])
})
