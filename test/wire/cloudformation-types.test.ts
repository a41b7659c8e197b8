import {
  CloudFormationClient,
  DescribeTypeCommand,
  ListTypesCommand,
  type ListTypesCommandInput,
  type ListTypesCommandOutput,
} from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { knownTypes } from '../walk/known-types.ts'

let node: TestNode
let cfn: CloudFormationClient

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  cfn = node.client(CloudFormationClient)
})
afterAll(async () => {
  cfn.destroy()
  await node.close()
})

async function list(input: ListTypesCommandInput): Promise<string[]> {
  const names: string[] = []
  let NextToken: string | undefined
  do {
    const page: ListTypesCommandOutput = await cfn.send(new ListTypesCommand({ ...input, NextToken }))
    expect(page.TypeSummaries!.length).toBeLessThanOrEqual(input.MaxResults ?? 100)
    names.push(...page.TypeSummaries!.map(({ TypeName }) => TypeName!))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return names
}

test('the types that templates can have are listed, page by page and by what they are', async () => {
  const all = await list({ Visibility: 'PUBLIC', MaxResults: 30 })
  expect(all).toEqual([...(await knownTypes()).keys()].sort())
  expect(await list({ Filters: { Category: 'AWS_TYPES', TypeNamePrefix: 'AWS::SQS::' } })).toEqual(
    ['AWS::SQS::Queue', 'AWS::SQS::QueueInlinePolicy', 'AWS::SQS::QueuePolicy'].filter((name) => all.includes(name)),
  )
  const immutable = await list({ Visibility: 'PUBLIC', ProvisioningType: 'IMMUTABLE' })
  expect(immutable).toContain('AWS::Lambda::LayerVersion')
  expect(immutable).not.toContain('AWS::SQS::Queue')
  // None of the account's own, none of others, no hooks.
  expect(await list({})).toEqual([])
  expect(await list({ Visibility: 'PUBLIC', Type: 'HOOK' })).toEqual([])
  expect(await list({ Visibility: 'PUBLIC', Filters: { Category: 'THIRD_PARTY' } })).toEqual([])
})

test('a type is described with the properties that work', async () => {
  const described = await cfn.send(new DescribeTypeCommand({ Type: 'RESOURCE', TypeName: 'AWS::SQS::Queue' }))
  expect(described).toMatchObject({
    Arn: 'arn:aws:cloudformation:us-east-1::type/resource/AWS-SQS-Queue',
    ProvisioningType: 'FULLY_MUTABLE',
    Visibility: 'PUBLIC',
    DeprecatedStatus: 'LIVE',
  })
  const schema = JSON.parse(described.Schema!)
  expect(schema).toMatchObject({
    typeName: 'AWS::SQS::Queue',
    primaryIdentifier: ['/properties/QueueUrl'],
    properties: { DelaySeconds: { type: 'integer' } },
    tagging: { tagProperty: '/properties/Tags' },
  })
  expect(schema.createOnlyProperties).toContain('/properties/FifoQueue')
  expect(schema.readOnlyProperties).toContain('/properties/Arn')
  const byArn = await cfn.send(new DescribeTypeCommand({ Arn: described.Arn! }))
  expect(byArn.Schema).toBe(described.Schema)
  const missing = (input: object) => cfn.send(new DescribeTypeCommand({ Type: 'RESOURCE', ...input }))
  await expect(missing({ TypeName: 'AWS::CloudFormation::Publisher' })).rejects.toMatchObject({
    name: 'TypeNotFoundException',
    message: "The type 'AWS::CloudFormation::Publisher' cannot be found.",
  })
  await expect(missing({ TypeName: 'Mine::Own::Thing' })).rejects.toThrow('cannot be found')
  await expect(missing({})).rejects.toThrow('must be specified')
})
