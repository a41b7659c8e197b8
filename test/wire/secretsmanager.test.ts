import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  paginateListSecrets,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { altered, startNode, type TestNode } from '../harness.ts'

let node: TestNode
let secrets: SecretsManagerClient
let serial = 0

beforeAll(async () => {
  node = await startNode()
  secrets = node.client(SecretsManagerClient)
})
afterAll(async () => {
  secrets.destroy()
  await node.close()
})

const fresh = () => `fresh/s${++serial}`
const make = (Name: string, rest: Partial<CreateSecretCommandInput> = {}) =>
  secrets.send(new CreateSecretCommand({ Name, SecretString: 'one', ...rest }))
const get = (SecretId: string, rest: Partial<GetSecretValueCommandInput> = {}) =>
  secrets.send(new GetSecretValueCommand({ SecretId, ...rest }))
const put = (SecretId: string, SecretString: string, rest: object = {}) =>
  secrets.send(new PutSecretValueCommand({ SecretId, SecretString, ...rest }))

describe('secrets', () => {
  test('are found by name, by ARN and by an ARN without its end', async () => {
    const name = fresh()
    const { ARN, VersionId } = await make(name, { Description: 'a secret', Tags: [{ Key: 'a', Value: '1' }] })
    expect(ARN).toMatch(new RegExp(`^arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-[A-Za-z0-9]{6}$`))
    for (const id of [name, ARN!, ARN!.slice(0, -7)]) {
      expect(await get(id)).toMatchObject({
        ARN,
        Name: name,
        SecretString: 'one',
        VersionId,
        VersionStages: ['AWSCURRENT'],
      })
    }
    expect(await secrets.send(new DescribeSecretCommand({ SecretId: name }))).toMatchObject({
      Description: 'a secret',
      Tags: [{ Key: 'a', Value: '1' }],
      VersionIdsToStages: { [VersionId!]: ['AWSCURRENT'] },
    })
    await expect(get(altered(ARN!, 6))).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await expect(make(name)).rejects.toMatchObject({ name: 'ResourceExistsException' })
    await expect(make('a b')).rejects.toThrow(/Invalid name/)
    await expect(make(fresh(), { SecretBinary: Buffer.from('x') })).rejects.toThrow(/both/)
    await expect(make(fresh(), { AddReplicaRegions: [{ Region: 'us-west-2' }] })).rejects.toThrow(/AddReplicaRegions/)
  })

  test('may be bytes, or have no value yet', async () => {
    const [binary, none] = [fresh(), fresh()]
    await make(binary, { SecretString: undefined, SecretBinary: Buffer.from([0, 255]) })
    expect(Buffer.from((await get(binary)).SecretBinary!)).toEqual(Buffer.from([0, 255]))
    await make(none, { SecretString: undefined })
    await expect(get(none)).rejects.toThrow(/staging label: AWSCURRENT/)
  })

  test('are not in the clear on disk, and are there after a restart', async () => {
    const name = fresh()
    await make(name, { SecretString: 'nobody-may-read-this-4711', Description: 'everybody-may-read-this-4711' })
    await node.restart()
    secrets = node.client(SecretsManagerClient)
    expect((await get(name)).SecretString).toBe('nobody-may-read-this-4711')
    const files = readdirSync(node.dataDir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    const found = (text: string) =>
      files.some(({ parentPath, name: file }) => readFileSync(join(parentPath, file)).includes(text))
    expect([found('everybody-may-read-this-4711'), found('nobody-may-read-this-4711')]).toEqual([true, false])
  })

  test('are listed with filters, page by page', async () => {
    for (const n of [1, 2, 3, 4, 5]) {
      await make(`listed/${n}`, { Description: `Number ${n}`, Tags: [{ Key: 'odd', Value: String(n % 2) }] })
    }
    const list = async (...Filters: { Key: 'name' | 'description' | 'tag-value' | 'all'; Values: string[] }[]) => {
      const names: (string | undefined)[] = []
      const asked = { Filters: [{ Key: 'name' as const, Values: ['listed/'] }, ...Filters] }
      for await (const page of paginateListSecrets({ client: secrets, pageSize: 2 }, asked))
        names.push(...page.SecretList!.map(({ Name }) => Name))
      return names
    }
    expect(await list()).toEqual([1, 2, 3, 4, 5].map((n) => `listed/${n}`))
    expect(await list({ Key: 'tag-value', Values: ['1'] })).toEqual(['listed/1', 'listed/3', 'listed/5'])
    expect(await list({ Key: 'description', Values: ['!number 2'] })).not.toContain('listed/2')
    expect(await list({ Key: 'all', Values: ['number 4'] })).toEqual(['listed/4'])
    const sorted = await secrets.send(new ListSecretsCommand({ SortBy: 'name', SortOrder: 'desc', MaxResults: 1 }))
    expect(sorted.SecretList![0]!.Name).toBe('listed/5')
    const next = await secrets.send(
      new ListSecretsCommand({ SortBy: 'name', SortOrder: 'desc', MaxResults: 1, NextToken: sorted.NextToken }),
    )
    expect(next.SecretList![0]!.Name).toBe('listed/4')
    await expect(secrets.send(new ListSecretsCommand({ NextToken: 'x' }))).rejects.toMatchObject({
      name: 'InvalidNextTokenException',
    })
  })

  test('a batch answers what may be read, and says why the rest may not', async () => {
    const name = fresh()
    await make(name)
    const { SecretValues, Errors } = await secrets.send(
      new BatchGetSecretValueCommand({ SecretIdList: [name, 'no-such-secret'] }),
    )
    expect(SecretValues!.map(({ SecretString }) => SecretString)).toEqual(['one'])
    expect(Errors).toMatchObject([{ SecretId: 'no-such-secret', ErrorCode: 'ResourceNotFoundException' }])
  })

  test('tags come and go', async () => {
    const name = fresh()
    await make(name)
    await secrets.send(
      new TagResourceCommand({
        SecretId: name,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    )
    await secrets.send(new UntagResourceCommand({ SecretId: name, TagKeys: ['a'] }))
    const { Tags } = await secrets.send(new DescribeSecretCommand({ SecretId: name }))
    expect(Tags).toEqual([{ Key: 'b', Value: '2' }])
  })
})

describe('versions', () => {
  test('what was current becomes previous, and the same token is the same version', async () => {
    const name = fresh()
    const first = (await make(name)).VersionId!
    const token = 'a'.repeat(32)
    expect(await put(name, 'two', { ClientRequestToken: token })).toMatchObject({ VersionId: token })
    await put(name, 'two', { ClientRequestToken: token })
    await expect(put(name, 'three', { ClientRequestToken: token })).rejects.toMatchObject({
      name: 'ResourceExistsException',
    })
    expect((await get(name)).SecretString).toBe('two')
    expect((await get(name, { VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('one')
    expect((await get(name, { VersionId: first })).VersionStages).toEqual(['AWSPREVIOUS'])
    await expect(get(name, { VersionId: first, VersionStage: 'AWSCURRENT' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
    const { VersionId: third } = await secrets.send(new UpdateSecretCommand({ SecretId: name, SecretString: 'three' }))
    const { Versions } = await secrets.send(new ListSecretVersionIdsCommand({ SecretId: name }))
    expect(new Map(Versions!.map((one) => [one.VersionId, one.VersionStages]))).toEqual(
      new Map([
        [token, ['AWSPREVIOUS']],
        [third, ['AWSCURRENT']],
      ]),
    )
    const all = await secrets.send(new ListSecretVersionIdsCommand({ SecretId: name, IncludeDeprecated: true }))
    expect(all.Versions).toHaveLength(3)
  })

  test('a pending version becomes current by moving the stage', async () => {
    const name = fresh()
    const first = (await make(name)).VersionId!
    const { VersionId: pending } = await put(name, 'two', { VersionStages: ['AWSPENDING'] })
    expect((await get(name)).SecretString).toBe('one')
    expect((await get(name, { VersionStage: 'AWSPENDING' })).SecretString).toBe('two')
    const move = (rest: object) =>
      secrets.send(new UpdateSecretVersionStageCommand({ SecretId: name, VersionStage: 'AWSCURRENT', ...rest }))
    await expect(move({ MoveToVersionId: pending })).rejects.toThrow(/RemoveFromVersionId can't be empty/)
    await expect(move({ RemoveFromVersionId: first })).rejects.toThrow(/completely removed/)
    await move({ MoveToVersionId: pending, RemoveFromVersionId: first })
    expect((await get(name)).SecretString).toBe('two')
    expect((await get(name, { VersionStage: 'AWSPREVIOUS' })).VersionId).toBe(first)
  })
})

describe('deletion', () => {
  test('waits for the recovery window, by the clock, and can be taken back until then', async () => {
    const name = fresh()
    await make(name)
    const remove = (rest: object = {}) => secrets.send(new DeleteSecretCommand({ SecretId: name, ...rest }))
    await expect(remove({ RecoveryWindowInDays: 6 })).rejects.toMatchObject({ name: 'InvalidParameterException' })
    await remove({ RecoveryWindowInDays: 7 })
    await expect(get(name)).rejects.toThrow(/marked for deletion/)
    await expect(make(name)).rejects.toThrow(/already scheduled for deletion/)
    const listed = async (IncludePlannedDeletion: boolean) =>
      (
        await secrets.send(
          new ListSecretsCommand({ IncludePlannedDeletion, Filters: [{ Key: 'name', Values: [name] }] }),
        )
      ).SecretList!.length
    expect([await listed(false), await listed(true)]).toEqual([0, 1])
    await secrets.send(new RestoreSecretCommand({ SecretId: name }))
    expect((await get(name)).SecretString).toBe('one')
    await remove({ RecoveryWindowInDays: 7 })
    node.clock.advance(7 * 86_400_000)
    await expect.poll(() => get(name).catch((error: Error) => error.message)).toMatch(/can't find/)
    await make(name)
  })

  test('without recovery happens at once, also of what is not there', async () => {
    const name = fresh()
    await make(name)
    const gone = new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true })
    await secrets.send(gone)
    await secrets.send(gone)
    await make(name, { SecretString: 'anew' })
    expect((await get(name)).SecretString).toBe('anew')
  })
})

describe('who may', () => {
  test('a policy of the secret lets a user read it, and denies', async () => {
    const iam = node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: 'reader' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }))
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    const reader = node.client(SecretsManagerClient, { credentials })
    const name = fresh()
    await make(name)
    const read = () => reader.send(new GetSecretValueCommand({ SecretId: name }))
    await expect(read()).rejects.toMatchObject({ name: 'AccessDeniedException' })
    const policy = (Effect: string, Principal: unknown) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect, Principal, Action: 'secretsmanager:GetSecretValue', Resource: '*' }],
      })
    const user = { AWS: 'arn:aws:iam::000000000000:user/reader' }
    const setPolicy = (ResourcePolicy: string, BlockPublicPolicy = false) =>
      secrets.send(new PutResourcePolicyCommand({ SecretId: name, ResourcePolicy, BlockPublicPolicy }))
    await setPolicy(policy('Allow', user))
    expect((await read()).SecretString).toBe('one')
    const { ResourcePolicy } = await secrets.send(new GetResourcePolicyCommand({ SecretId: name }))
    expect(JSON.parse(ResourcePolicy!)).toMatchObject({ Statement: [{ Effect: 'Allow' }] })
    await iam.send(
      new PutUserPolicyCommand({
        UserName: 'reader',
        PolicyName: 'all',
        PolicyDocument:
          '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}}',
      }),
    )
    await setPolicy(policy('Deny', user))
    await expect(read()).rejects.toMatchObject({ name: 'AccessDeniedException' })
    const { SecretValues, Errors } = await reader.send(new BatchGetSecretValueCommand({ SecretIdList: [name] }))
    expect([SecretValues, Errors![0]!.ErrorCode]).toEqual([[], 'AccessDeniedException'])
    await secrets.send(new DeleteResourcePolicyCommand({ SecretId: name }))
    expect((await read()).SecretString).toBe('one')
    await expect(setPolicy(policy('Allow', '*'), true)).rejects.toMatchObject({ name: 'PublicPolicyException' })
    await expect(setPolicy('{')).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' })
    const checked = await secrets.send(new ValidateResourcePolicyCommand({ ResourcePolicy: policy('Allow', '*') }))
    expect(checked).toMatchObject({ PolicyValidationPassed: false, ValidationErrors: [{ CheckName: 'PUBLIC_ACCESS' }] })
    iam.destroy()
    reader.destroy()
  })
})

test('a random password has each included type and nothing that is excluded', async () => {
  const password = async (options: object) =>
    (await secrets.send(new GetRandomPasswordCommand(options))).RandomPassword!
  for (let n = 0; n < 20; n++) {
    const made = await password({ PasswordLength: 8, ExcludeCharacters: 'aA1!', IncludeSpace: true })
    expect(made).toMatch(/^(?=.*[b-z])(?=.*[B-Z])(?=.*[02-9])(?=.*[^\w])(?=.* )[^aA1!]{8}$/)
  }
  expect(await password({ ExcludePunctuation: true, ExcludeUppercase: true, ExcludeLowercase: true })).toMatch(
    /^\d{32}$/,
  )
  await expect(password({ PasswordLength: 3 })).rejects.toMatchObject({ name: 'InvalidParameterException' })
})

test('a template makes a secret with a password in it, and its policy', async () => {
  const stacks = node.client(CloudFormationClient)
  const TemplateBody = JSON.stringify({
    Resources: {
      Db: {
        Type: 'AWS::SecretsManager::Secret',
        Properties: {
          Name: 'from/template',
          GenerateSecretString: {
            SecretStringTemplate: '{"username":"admin"}',
            GenerateStringKey: 'password',
            PasswordLength: 20,
            ExcludePunctuation: true,
          },
        },
      },
      Policy: {
        Type: 'AWS::SecretsManager::ResourcePolicy',
        Properties: {
          SecretId: { Ref: 'Db' },
          ResourcePolicy: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:DeleteSecret', Resource: '*' }],
          },
        },
      },
    },
  })
  await stacks.send(new CreateStackCommand({ StackName: 'secrets', TemplateBody }))
  await waitUntilStackCreateComplete(
    { client: stacks, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
    { StackName: 'secrets' },
  )
  expect(JSON.parse((await get('from/template')).SecretString!)).toEqual({
    username: 'admin',
    password: expect.stringMatching(/^[A-Za-z0-9]{20}$/),
  })
  stacks.destroy()
})
