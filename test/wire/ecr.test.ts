import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let ecr: ECRClient

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  ecr = node.client(ECRClient)
})
afterAll(() => node?.close())

test('repositories come in pages, each name once', async () => {
  for (const repositoryName of ['shop/a', 'shop/b', 'shop/c']) await ecr.send(new CreateRepositoryCommand({ repositoryName }))
  const names: (string | undefined)[] = []
  let nextToken: string | undefined
  do {
    const page = await ecr.send(new DescribeRepositoriesCommand({ maxResults: 2, nextToken }))
    names.push(...page.repositories!.map(({ repositoryName }) => repositoryName))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  expect(names).toEqual(['shop/a', 'shop/b', 'shop/c'])
})

test('a token that was not given out is refused', async () => {
  await expect(ecr.send(new DescribeRepositoriesCommand({ nextToken: 'made-up' }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining('nextToken'),
  })
})
