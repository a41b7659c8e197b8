import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListFunctionsCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, makeFunction, makeRole } from './lambda-support.ts'

let node: TestNode
let lambda: LambdaClient
let role: string
const secret = 'correct-horse-battery-staple'
const another = 'tr0ub4dor-and-three'
const source = 'exports.handler = async () => process.env.SECRET'
beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'environment')
})
afterAll(() => node.close())

test('variables are in no file of the data folder, and in the function after a restart', async () => {
  await makeFunction(lambda, 'sealed', role, source, { Environment: { Variables: { SECRET: secret } }, Publish: true })
  expect((await call(lambda, 'sealed')).value).toBe(secret)
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: 'sealed', Environment: { Variables: { SECRET: another } } }),
  )
  await node.restart()
  lambda = node.client(LambdaClient)
  const shown = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'sealed' }))
  expect(shown.Environment).toEqual({ Variables: { SECRET: another } })
  expect((await call(lambda, 'sealed')).value).toBe(another)
  expect((await call(lambda, 'sealed', {}, { Qualifier: '1' })).value).toBe(secret)
  const { Functions } = await lambda.send(new ListFunctionsCommand({}))
  expect(Functions?.map(({ Environment }) => Environment?.Variables)).toEqual([{ SECRET: another }])

  let bytes = 0
  for (const entry of await readdir(node.dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const content = await readFile(join(entry.parentPath, entry.name))
    bytes += content.length
    for (const word of [secret, another])
      expect({ name: entry.name, has: content.includes(word) }).toEqual({ name: entry.name, has: false })
  }
  expect(bytes).toBeGreaterThan(10_000)
})

test('setting the same variables again makes no new version; setting others, and none, does', async () => {
  await makeFunction(lambda, 'same', role, source, { Environment: { Variables: { SECRET: secret } }, Publish: true })
  const set = async (Variables: Record<string, string>) => {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'same', Environment: { Variables } }))
    return (await lambda.send(new PublishVersionCommand({ FunctionName: 'same' }))).Version
  }
  expect(await set({ SECRET: secret })).toBe('1')
  expect(await set({ SECRET: another })).toBe('2')
  expect(await set({})).toBe('3')
  await set({ SECRET: secret })
  const both = { Environment: { Variables: { SECRET: secret } }, MemorySize: 512 }
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'same', ...both }))
  const changed = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'same' }))
  expect(changed).toMatchObject(both)
  expect(await set({})).toBe('5')
  const none = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'same' }))
  expect(none.Environment).toBeUndefined()
})

test('more than 4 KB, and names that Lambda sets itself, are refused', async () => {
  const make = (Variables: Record<string, string>) =>
    makeFunction(lambda, 'refused', role, source, { Environment: { Variables } })
  await expect(make({ SECRET: 'x'.repeat(4097) })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: expect.stringContaining('exceeded the 4KB limit'),
  })
  await expect(make({ AWS_REGION: 'x' })).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  await expect(make({ '1x': 'x' })).rejects.toMatchObject({ name: 'ValidationException' })
})
