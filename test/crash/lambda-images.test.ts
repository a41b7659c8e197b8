import { CreateFunctionCommand, GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { expect, test } from 'vitest'
import { makeRole, settled } from '../wire/lambda-support.ts'
import { podmanStandIn } from '../wire/podman-stand-in.ts'
import { killableNode } from './killable.ts'

test('a node that is killed while it pulls an image pulls it again, and the function becomes Active', async () => {
  await using podman = await podmanStandIn()
  const uri = 'registry.example/app:1'
  await podman.tag(uri, { id: `sha256:${'a'.repeat(64)}`, entryPoint: ['/app'] }, true)
  await podman.holdPulls(true)
  await using node = await killableNode(['--no-isolation'], { LANDFALL_CONTAINER_ENGINE: podman.program })
  const lambda = node.client(LambdaClient)
  const Role = await makeRole(node, 'images')
  const FunctionName = 'pulled'
  await lambda.send(new CreateFunctionCommand({ FunctionName, Role, PackageType: 'Image', Code: { ImageUri: uri } }))
  const pulls = async () => (await podman.calls()).filter(([verb]) => verb === 'pull').length
  await expect.poll(pulls).toBe(1)
  await node.kill()
  await node.start()
  expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))).toMatchObject({ State: 'Pending' })
  await expect.poll(pulls, { timeout: 60_000 }).toBe(2)
  await podman.holdPulls(false)
  expect(await settled(lambda, FunctionName)).toMatchObject({ State: 'Active', CodeSha256: 'a'.repeat(64) })
})
