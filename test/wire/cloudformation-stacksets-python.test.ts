import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { account, administrationRole, executionRole } from './cloudformation-stacksets-support.ts'
import { hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
  await administrationRole(python.node.client(IAMClient))
  await executionRole(python.node.client(IAMClient))
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('deploys a stack set by pages of instances, and takes it back', async () => {
    expect(await python.script('cloudformation_stacksets_python')).toEqual({
      ended: 'SUCCEEDED',
      instances: [
        ['eu-west-1', 'CURRENT'],
        ['sa-east-1', 'CURRENT'],
        ['us-east-1', 'CURRENT'],
      ],
      results: ['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'],
      actions: ['DELETE', 'CREATE'],
      missing: ['StackSetNotFoundException', 404],
      left: [],
    })
  })
})

describe.runIf(hasAwsCli())('the AWS CLI', () => {
  test('makes a set, its instances, and shows what became of them', async () => {
    const { dir } = python
    const cloudformation = (...args: string[]) => python.aws('cloudformation', ...args)
    writeFileSync(join(dir, 'set.yml'), 'Resources:\n  Topic: { Type: AWS::SNS::Topic }\n')
    const name = ['--stack-set-name', 'cli']
    await cloudformation('create-stack-set', ...name, '--template-body', 'file://set.yml', '--tags', 'Key=a,Value=b')
    const begun = await cloudformation(
      ...['create-stack-instances', ...name, '--accounts', account, '--regions', 'us-east-1', 'eu-west-1'],
      ...['--operation-preferences', 'RegionConcurrencyType=PARALLEL,FailureToleranceCount=0'],
    )
    const id = ['--operation-id', JSON.parse(begun).OperationId as string]
    const operation = async () =>
      JSON.parse(await cloudformation('describe-stack-set-operation', ...name, ...id)).StackSetOperation
    await expect.poll(async () => (await operation()).Status).toBe('SUCCEEDED')
    const { Summaries } = JSON.parse(await cloudformation('list-stack-set-operation-results', ...name, ...id))
    expect(Summaries.map(({ Status }: { Status: string }) => Status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
  })
})
