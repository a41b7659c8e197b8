import {
  CloudFormationClient,
  CreateStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation'
import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  PutLifecyclePolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let ecr: ECRClient

beforeAll(async () => {
  node = await startNode()
  ecr = node.client(ECRClient)
})
afterAll(() => node?.close())

test('repositories come in pages, each name once', async () => {
  for (const repositoryName of ['shop/a', 'shop/b', 'shop/c'])
    await ecr.send(new CreateRepositoryCommand({ repositoryName }))
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

const allowing = (Service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'ecr:BatchGetImage' }],
})
const expiring = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
      action: { type: 'expire' },
    },
  ],
})

test('a repository keeps its policies over a restart, and refuses what is none', async () => {
  const repositoryName = 'shop/policies'
  await ecr.send(new CreateRepositoryCommand({ repositoryName }))
  await expect(ecr.send(new GetRepositoryPolicyCommand({ repositoryName }))).rejects.toMatchObject({
    name: 'RepositoryPolicyNotFoundException',
  })
  const policyText = JSON.stringify(allowing('lambda.amazonaws.com'))
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }))
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: expiring }))
  await node.restart()
  ecr = node.client(ECRClient)
  expect((await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }))).policyText).toBe(policyText)
  expect((await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).lifecyclePolicyText).toBe(expiring)
  for (const command of [
    new SetRepositoryPolicyCommand({ repositoryName, policyText: '{"Statement":[{"Effect":"Allow"}]}' }),
    new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: `{"rules":[]}${' '.repeat(100)}` }),
  ]) {
    await expect(ecr.send(command as SetRepositoryPolicyCommand)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
  }
})

test('a template changes what a repository has, and takes it away', async () => {
  const stacks = node.client(CloudFormationClient)
  const waiting = { client: stacks, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }
  const template = (Properties: object) =>
    JSON.stringify({ Resources: { Images: { Type: 'AWS::ECR::Repository', Properties } } })
  const RepositoryName = 'stacked'
  const before = {
    RepositoryName,
    ImageTagMutability: 'IMMUTABLE',
    RepositoryPolicyText: allowing('lambda.amazonaws.com'),
    LifecyclePolicy: { LifecyclePolicyText: expiring },
    Tags: [{ Key: 'team', Value: 'a' }],
  }
  await stacks.send(new CreateStackCommand({ StackName: 'images', TemplateBody: template(before) }))
  await waitUntilStackCreateComplete(waiting, { StackName: 'images' })
  const look = async () => {
    const asked = new DescribeRepositoriesCommand({ repositoryNames: [RepositoryName] })
    return (await ecr.send(asked)).repositories![0]!
  }
  const made = await look()
  expect(made.imageTagMutability).toBe('IMMUTABLE')
  const repositoryName = RepositoryName
  expect((await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).lifecyclePolicyText).toBe(expiring)

  const after = { RepositoryName, ImageScanningConfiguration: { ScanOnPush: true }, Tags: [{ Key: 'b', Value: 'c' }] }
  await stacks.send(new UpdateStackCommand({ StackName: 'images', TemplateBody: template(after) }))
  await waitUntilStackUpdateComplete(waiting, { StackName: 'images' })
  expect(await look()).toMatchObject({
    imageTagMutability: 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
    createdAt: made.createdAt,
  })
  for (const command of [
    new GetLifecyclePolicyCommand({ repositoryName }),
    new GetRepositoryPolicyCommand({ repositoryName }),
  ]) {
    await expect(ecr.send(command as GetRepositoryPolicyCommand)).rejects.toThrow(/policy does not exist/)
  }
  const { tags = [] } = await ecr.send(new ListTagsForResourceCommand({ resourceArn: made.repositoryArn }))
  expect(tags.map(({ Key }) => Key)).toContain('b')
  expect(tags.map(({ Key }) => Key)).not.toContain('team')
})
