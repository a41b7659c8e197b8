import {
  AssociateDatasetKmsKeyCommand,
  CloudWatchClient,
  DisassociateDatasetKmsKeyCommand,
  GetDatasetCommand,
} from '@aws-sdk/client-cloudwatch'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, DisableKeyCommand, type KeySpec, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const account = '000000000000'
const datasetArn = `arn:aws:cloudwatch:us-east-1:${account}:dataset/default`
let node: TestNode
let cloudwatch: CloudWatchClient

beforeAll(async () => {
  node = await startNode()
  cloudwatch = node.client(CloudWatchClient)
})
afterAll(() => node?.close())

const needed = ['kms:DescribeKey', 'kms:GenerateDataKey', 'kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*']
/** A key whose policy lets CloudWatch do these, and the account's administrator all. */
async function makeKey(service: readonly string[] = needed, spec: KeySpec = 'SYMMETRIC_DEFAULT'): Promise<string> {
  const own = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }
  const theirs = { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: service, Resource: '*' }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: service.length > 0 ? [own, theirs] : [own] })
  const KeyUsage = spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY'
  const { KeyMetadata } = await node.client(KMSClient).send(new CreateKeyCommand({ Policy, KeySpec: spec, KeyUsage }))
  return KeyMetadata?.Arn ?? ''
}
async function userWith(name: string, ...Action: string[]): Promise<CloudWatchClient> {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: name }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
  })
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  return node.client(CloudWatchClient, { credentials })
}
const associate = (KmsKeyArn: string, by = cloudwatch, DatasetIdentifier = 'default') =>
  by.send(new AssociateDatasetKmsKeyCommand({ DatasetIdentifier, KmsKeyArn }))
const disassociate = (by = cloudwatch) =>
  by.send(new DisassociateDatasetKmsKeyCommand({ DatasetIdentifier: 'default' }))
const keyNow = async () => (await cloudwatch.send(new GetDatasetCommand({ DatasetIdentifier: datasetArn }))).KmsKeyArn

test('the dataset has the key that it was given, over a restart, until it is taken away', async () => {
  const found = await cloudwatch.send(new GetDatasetCommand({ DatasetIdentifier: 'default' }))
  expect(found).toMatchObject({ DatasetId: 'default', Arn: datasetArn })
  expect(found.KmsKeyArn).toBeUndefined()
  await expect(disassociate()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  const [first, second] = [await makeKey(), await makeKey()]
  await associate(first, cloudwatch, datasetArn)
  await node.restart()
  cloudwatch = node.client(CloudWatchClient)
  expect(await keyNow()).toBe(first)
  await associate(second)
  expect(await keyNow()).toBe(second)
  const other = await userWith('other', 'cloudwatch:*')
  await expect(disassociate(other)).rejects.toThrow(/kms:Decrypt/)
  expect(await keyNow()).toBe(second)
  // Nobody can decrypt under it any more: then nobody needs to.
  await node.client(KMSClient).send(new DisableKeyCommand({ KeyId: second }))
  await disassociate(other)
  expect(await keyNow()).toBeUndefined()
})

test('a key that is none, or cannot be used by the service or the caller, is refused, and leaves the one before', async () => {
  const good = await makeKey()
  await associate(good)
  const disabled = await makeKey()
  await node.client(KMSClient).send(new DisableKeyCommand({ KeyId: disabled }))
  const nobody = `arn:aws:kms:us-east-1:${account}:key/0e3f7a5c-0000-4000-8000-000000000000`
  const bad: [string, string][] = [
    [nobody, 'KmsKeyNotFoundException'],
    [nobody.replace('us-east-1', 'eu-west-1'), 'KmsKeyNotFoundException'],
    [disabled, 'KmsKeyDisabledException'],
    [await makeKey([]), 'KmsAccessDeniedException'],
    [await makeKey(needed.slice(0, 3)), 'KmsAccessDeniedException'],
    [await makeKey(needed, 'ECC_NIST_P256'), 'ValidationException'],
    [`arn:aws:kms:us-east-1:${account}:alias/a`, 'ValidationException'],
    [good.slice(good.indexOf('key/') + 4), 'ValidationException'],
  ]
  for (const [arn, name] of bad) await expect(associate(arn), arn).rejects.toMatchObject({ name })
  const half = await userWith('half', 'cloudwatch:*')
  await expect(associate(await makeKey(), half)).rejects.toMatchObject({ name: 'KmsAccessDeniedException' })
  await expect(associate(good, cloudwatch, 'other')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  const none = await userWith('none', 'cloudwatch:GetDataset')
  await expect(associate(good, none)).rejects.toThrow(/cloudwatch:AssociateDatasetKmsKey/)
  expect(await keyNow()).toBe(good)
})
