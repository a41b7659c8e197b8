import {
  constants,
  createCipheriv,
  createHash,
  createPublicKey,
  createVerify,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  CancelKeyDeletionCommand,
  ConnectCustomKeyStoreCommand,
  CreateAliasCommand,
  CreateCustomKeyStoreCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecapsulateCommand,
  DecryptCommand,
  DeleteCustomKeyStoreCommand,
  DeleteImportedKeyMaterialCommand,
  DeriveSharedSecretCommand,
  DescribeCustomKeyStoresCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateMacCommand,
  GetKeyLastUsageCommand,
  GetKeyPolicyCommand,
  GetParametersForImportCommand,
  GetPublicKeyCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandInput,
  KMSClient,
  ListAliasesCommand,
  ListGrantsCommand,
  ListKeyRotationsCommand,
  PutKeyPolicyCommand,
  paginateListKeys,
  ReEncryptCommand,
  ReplicateKeyCommand,
  RetireGrantCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  UpdateCustomKeyStoreCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms'
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let kms: KMSClient

beforeAll(async () => {
  node = await startNode()
  kms = node.client(KMSClient)
})
afterAll(async () => {
  kms.destroy()
  await node.close()
})

const text = (value: string) => Buffer.from(value)
const make = async (input: Partial<CreateKeyCommandInput> = {}) =>
  (await kms.send(new CreateKeyCommand(input))).KeyMetadata!
const encrypt = async (KeyId: string, plain: string, EncryptionContext?: Record<string, string>) =>
  (await kms.send(new EncryptCommand({ KeyId, Plaintext: text(plain), EncryptionContext }))).CiphertextBlob!
const decrypt = async (CiphertextBlob: Uint8Array, rest: object = {}) =>
  Buffer.from((await kms.send(new DecryptCommand({ CiphertextBlob, ...rest }))).Plaintext!).toString()

describe('encryption', () => {
  test('what is encrypted opens with the same context only, also after a restart', async () => {
    const { KeyId } = await make()
    const blob = await encrypt(KeyId!, 'hello', { a: '1', b: '2' })
    expect(Buffer.from(blob).includes('hello')).toBe(false)
    await node.restart()
    kms = node.client(KMSClient)
    expect(await decrypt(blob, { EncryptionContext: { b: '2', a: '1' } })).toBe('hello')
    for (const EncryptionContext of [undefined, { a: '1' }]) {
      await expect(decrypt(blob, { EncryptionContext })).rejects.toMatchObject({ name: 'InvalidCiphertextException' })
    }
    const changed = Uint8Array.from(blob)
    changed[changed.length - 1]! ^= 1
    await expect(decrypt(changed, { EncryptionContext: { a: '1', b: '2' } })).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    })
    await expect(decrypt(text('nonsense'))).rejects.toMatchObject({ name: 'InvalidCiphertextException' })
    const other = await make()
    await expect(decrypt(blob, { KeyId: other.KeyId, EncryptionContext: { a: '1', b: '2' } })).rejects.toMatchObject({
      name: 'IncorrectKeyException',
    })
  })

  test('data keys come in the clear and encrypted, and nothing of them is on disk', async () => {
    const { KeyId, Arn } = await make()
    const made = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }))
    expect(made).toMatchObject({ KeyId: Arn, Plaintext: { length: 32 } })
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }))
    expect(Buffer.from(Plaintext!)).toEqual(Buffer.from(made.Plaintext!))
    const files = readdirSync(node.dataDir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    expect(files.some((one) => readFileSync(join(one.parentPath, one.name)).includes(KeyId!))).toBe(true)
    expect(files.some((one) => readFileSync(join(one.parentPath, one.name)).includes(Buffer.from(Plaintext!)))).toBe(
      false,
    )
    await expect(kms.send(new GenerateDataKeyCommand({ KeyId }))).rejects.toMatchObject({ name: 'ValidationException' })
    const pair = await kms.send(new GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: 'ECC_NIST_P256' }))
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: pair.PrivateKeyCiphertextBlob }))
    expect(Buffer.from(opened.Plaintext!)).toEqual(Buffer.from(pair.PrivateKeyPlaintext!))
  })

  test('a ciphertext goes from one key to another', async () => {
    const [from, to] = [await make(), await make()]
    const blob = await encrypt(from.KeyId!, 'moved')
    const moved = await kms.send(
      new ReEncryptCommand({
        CiphertextBlob: blob,
        DestinationKeyId: to.KeyId,
        DestinationEncryptionContext: { new: 'yes' },
      }),
    )
    expect(moved).toMatchObject({ SourceKeyId: from.Arn, KeyId: to.Arn })
    expect(await decrypt(moved.CiphertextBlob!, { EncryptionContext: { new: 'yes' } })).toBe('moved')
  })

  test('RSA keys encrypt with OAEP', async () => {
    const { KeyId } = await make({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId, Plaintext: text('by rsa'), EncryptionAlgorithm }),
    )
    expect(await decrypt(CiphertextBlob!, { KeyId, EncryptionAlgorithm })).toBe('by rsa')
    await expect(encrypt(KeyId!, 'x')).rejects.toMatchObject({ name: 'InvalidKeyUsageException' })
    await expect(make({ KeySpec: 'RSA_2048' })).rejects.toMatchObject({ name: 'ValidationException' })
  })
})

describe('signatures and codes', () => {
  test.each([
    ['RSA_2048', 'RSASSA_PSS_SHA_256'],
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_512'],
    ['ECC_NIST_P256', 'ECDSA_SHA_256'],
    ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
  ] as const)('%s signs with %s, and only that message', async (KeySpec, SigningAlgorithm) => {
    const { KeyId } = await make({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
    const { Signature } = await kms.send(new SignCommand({ KeyId, Message: text('mine'), SigningAlgorithm }))
    const verify = (message: string) =>
      kms.send(new VerifyCommand({ KeyId, Message: text(message), Signature, SigningAlgorithm }))
    expect(await verify('mine')).toMatchObject({ SignatureValid: true })
    await expect(verify('yours')).rejects.toMatchObject({ name: 'KMSInvalidSignatureException' })
    await expect(encrypt(KeyId!, 'x')).rejects.toMatchObject({ name: 'InvalidKeyUsageException' })
  })

  test('the public key verifies elsewhere, and a digest is signed as its message', async () => {
    const { KeyId } = await make({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
    const SigningAlgorithm = 'RSASSA_PKCS1_V1_5_SHA_256'
    const Message = createHash('sha256').update('mine').digest()
    const { Signature } = await kms.send(new SignCommand({ KeyId, Message, MessageType: 'DIGEST', SigningAlgorithm }))
    const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }))
    const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' })
    expect(createVerify('sha256').update('mine').verify(key, Signature!)).toBe(true)
    await kms.send(new VerifyCommand({ KeyId, Message, MessageType: 'DIGEST', Signature, SigningAlgorithm }))
  })

  test('HMAC keys make codes and check them', async () => {
    const { KeyId } = await make({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
    const MacAlgorithm = 'HMAC_SHA_256'
    const { Mac } = await kms.send(new GenerateMacCommand({ KeyId, Message: text('mine'), MacAlgorithm }))
    const check = (message: string) =>
      kms.send(new VerifyMacCommand({ KeyId, Message: text(message), Mac, MacAlgorithm }))
    expect(await check('mine')).toMatchObject({ MacValid: true })
    await expect(check('yours')).rejects.toMatchObject({ name: 'KMSInvalidMacException' })
  })
})

describe('the life of a key', () => {
  test('a disabled key is not used; one that is to be deleted can be kept until the clock says so', async () => {
    const { KeyId, Arn } = await make()
    const blob = await encrypt(KeyId!, 'x')
    await kms.send(new DisableKeyCommand({ KeyId }))
    await expect(decrypt(blob)).rejects.toMatchObject({ name: 'DisabledException', message: `${Arn} is disabled.` })
    await kms.send(new EnableKeyCommand({ KeyId }))
    expect(await decrypt(blob)).toBe('x')
    const remove = () => kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    expect(await remove()).toMatchObject({ KeyState: 'PendingDeletion' })
    await expect(decrypt(blob)).rejects.toMatchObject({ name: 'KMSInvalidStateException' })
    await kms.send(new CancelKeyDeletionCommand({ KeyId }))
    await kms.send(new EnableKeyCommand({ KeyId }))
    await kms.send(new CreateAliasCommand({ AliasName: 'alias/doomed', TargetKeyId: KeyId }))
    await remove()
    node.clock.advance(7 * 86_400_000)
    const gone = () => kms.send(new DescribeKeyCommand({ KeyId })).catch((error: Error) => error.name)
    await expect.poll(gone).toBe('NotFoundException')
    await expect(decrypt(blob)).rejects.toMatchObject({ name: 'InvalidCiphertextException' })
    const { Aliases } = await kms.send(new ListAliasesCommand({}))
    expect(Aliases!.map(({ AliasName }) => AliasName)).not.toContain('alias/doomed')
  })

  test('rotation changes the material, and old ciphertexts still open', async () => {
    const { KeyId, CurrentKeyMaterialId } = await make()
    const old = await encrypt(KeyId!, 'old')
    await kms.send(new RotateKeyOnDemandCommand({ KeyId }))
    const current = async () => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.CurrentKeyMaterialId
    const second = await current()
    expect(second).not.toBe(CurrentKeyMaterialId)
    expect([await decrypt(old), await decrypt(await encrypt(KeyId!, 'new'))]).toEqual(['old', 'new'])
    await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }))
    node.clock.advance(90 * 86_400_000)
    await expect.poll(current).not.toBe(second)
    const { Rotations } = await kms.send(new ListKeyRotationsCommand({ KeyId }))
    expect(Rotations!.map(({ RotationType }) => RotationType)).toEqual(['ON_DEMAND', 'AUTOMATIC'])
    expect(await decrypt(old)).toBe('old')
  })

  test('keys are found by alias, and listed page by page', async () => {
    const { KeyId, Arn } = await make()
    const named = { AliasName: 'alias/mine', TargetKeyId: KeyId }
    await kms.send(new CreateAliasCommand(named))
    await expect(kms.send(new CreateAliasCommand(named))).rejects.toMatchObject({ name: 'AlreadyExistsException' })
    await expect(kms.send(new CreateAliasCommand({ ...named, AliasName: 'alias/aws/mine' }))).rejects.toMatchObject({
      name: 'InvalidAliasNameException',
    })
    for (const id of ['alias/mine', 'arn:aws:kms:us-east-1:000000000000:alias/mine', Arn]) {
      expect(await decrypt(await encrypt(id!, 'x'))).toBe('x')
    }
    await expect(encrypt('alias/none', 'x')).rejects.toMatchObject({ name: 'NotFoundException' })
    await expect(encrypt('none', 'x')).rejects.toMatchObject({ name: 'NotFoundException' })
    const seen: (string | undefined)[] = []
    for await (const page of paginateListKeys({ client: kms, pageSize: 3 }, {}))
      seen.push(...page.Keys!.map((one) => one.KeyId))
    expect(seen).toContain(KeyId)
    expect(new Set(seen).size).toBe(seen.length)
    const managed = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/s3' }))
    expect(managed.KeyMetadata).toMatchObject({ KeyManager: 'AWS' })
    await expect(encrypt('alias/aws/s3', 'x')).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})

describe('who may', () => {
  test('the key policy must allow, or a grant; what it denies stays denied', async () => {
    const iam = node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: 'ann' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    const [ann, annSsm, annSecrets] = [KMSClient, SSMClient, SecretsManagerClient].map((Client) =>
      node.client(Client as typeof KMSClient, { credentials }),
    ) as [KMSClient, KMSClient, KMSClient]
    const { KeyId } = await make()
    const use = (context: Record<string, string> = { team: 'a' }) =>
      ann.send(new EncryptCommand({ KeyId, Plaintext: text('x'), EncryptionContext: context }))
    await expect(use()).rejects.toMatchObject({ name: 'AccessDeniedException' })
    const GranteePrincipal = 'arn:aws:iam::000000000000:user/ann'
    const grant = await kms.send(
      new CreateGrantCommand({
        KeyId,
        GranteePrincipal,
        Operations: ['Encrypt', 'RetireGrant'],
        Constraints: { EncryptionContextSubset: { team: 'a' } },
      }),
    )
    await use({ team: 'a', more: 'b' })
    await expect(use({ team: 'b' })).rejects.toMatchObject({ name: 'AccessDeniedException' })
    expect((await kms.send(new ListGrantsCommand({ KeyId }))).Grants).toMatchObject([{ GrantId: grant.GrantId }])
    await ann.send(new RetireGrantCommand({ GrantToken: grant.GrantToken }))
    await expect(use()).rejects.toMatchObject({ name: 'AccessDeniedException' })
    const everything = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'all', PolicyDocument: everything }))
    await use()
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId }))
    const policy = JSON.parse(Policy!) as { Statement: object[] }
    const deny = { Effect: 'Deny', Principal: { AWS: GranteePrincipal }, Action: 'kms:*crypt', Resource: '*' }
    const setPolicy = (Statement: object[]) =>
      kms.send(new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ ...policy, Statement }) }))
    const parameter = { Name: '/by/key', Type: 'SecureString' as const, Value: 'under a key', KeyId }
    await annSsm.send(new PutParameterCommand(parameter) as never)
    const secret = { Name: 'by/key', SecretString: 'under a key', KmsKeyId: KeyId }
    await annSecrets.send(new CreateSecretCommand(secret) as never)
    const read = () => annSsm.send(new GetParameterCommand({ Name: '/by/key', WithDecryption: true }) as never)
    const readSecret = () => annSecrets.send(new GetSecretValueCommand({ SecretId: 'by/key' }) as never)
    expect(await read()).toMatchObject({ Parameter: { Value: 'under a key' } })
    expect(await readSecret()).toMatchObject({ SecretString: 'under a key' })
    await setPolicy([...policy.Statement, deny])
    for (const refused of [use, read, readSecret]) {
      await expect(refused()).rejects.toMatchObject({ name: 'AccessDeniedException' })
    }
    await expect(setPolicy([deny])).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' })
    // Not even the account's root may use a key whose policy does not say so.
    const onlyAnn = { Effect: 'Allow', Principal: { AWS: GranteePrincipal }, Action: 'kms:*', Resource: '*' }
    await kms.send(
      new PutKeyPolicyCommand({
        KeyId,
        Policy: JSON.stringify({ Version: '2012-10-17', Statement: [onlyAnn] }),
        BypassPolicyLockoutSafetyCheck: true,
      }),
    )
    await expect(encrypt(KeyId!, 'x')).rejects.toMatchObject({ name: 'AccessDeniedException' })
    await use()
    for (const client of [iam, ann, annSsm, annSecrets]) client.destroy()
  })
})

test('two parties derive the same secret, each from its own private key', async () => {
  const { KeyId, KeyAgreementAlgorithms } = await make({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' })
  expect(KeyAgreementAlgorithms).toEqual(['ECDH'])
  const peer = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  const derive = (PublicKey: Uint8Array, key = KeyId) =>
    kms.send(new DeriveSharedSecretCommand({ KeyId: key, KeyAgreementAlgorithm: 'ECDH', PublicKey }))
  const spki = (key: typeof peer.publicKey) => key.export({ format: 'der', type: 'spki' })
  const { SharedSecret } = await derive(spki(peer.publicKey))
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }))
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' })
  expect(Buffer.from(SharedSecret!)).toEqual(diffieHellman({ privateKey: peer.privateKey, publicKey }))
  const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  for (const wrong of [spki(other.publicKey), Buffer.from('no key')])
    await expect(derive(wrong)).rejects.toMatchObject({ name: 'ValidationException' })
  const signing = await make({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' })
  await expect(derive(spki(peer.publicKey), signing.KeyId)).rejects.toMatchObject({ name: 'InvalidKeyUsageException' })
  await expect(kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }))).rejects.toThrow(
    /not a multi-Region primary key/,
  )
})

test('a secret is encapsulated for a public key, here or elsewhere, and only its private key has it back', async () => {
  const EncapsulationAlgorithm = 'ML_KEM' as const
  const open = (KeyId: string, SharedSecretCiphertextBlob: Uint8Array) =>
    kms.send(new DecapsulateCommand({ KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob }))
  const made = await make({ KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' })
  const KeyId = made.KeyId!
  expect(made).toMatchObject({ KeySpec: 'ML_KEM_768', EncapsulationAlgorithms: ['ML_KEM'] })
  const { SharedSecretCiphertextBlob: blob, SharedSecret } = await kms.send(
    new EncapsulateCommand({ KeyId, EncapsulationAlgorithm }),
  )
  expect([blob!.length, SharedSecret!.length]).toEqual([1088, 32])
  expect(await open(KeyId, blob!)).toMatchObject({ KeyId: made.Arn, SharedSecret })
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }))
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' })
  const elsewhere = encapsulate(publicKey)
  expect(Buffer.from((await open(KeyId, elsewhere.ciphertext)).SharedSecret!)).toEqual(elsewhere.sharedKey)
  await expect(
    kms.send(new EncapsulateCommand({ KeyId, EncapsulationAlgorithm: 'RSA' as 'ML_KEM' })),
  ).rejects.toMatchObject({ name: 'ValidationException' })
  await expect(open(KeyId, blob!.slice(1))).rejects.toMatchObject({ name: 'InvalidCiphertextException' })
  const other = await make({ KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' })
  expect((await open(other.KeyId!, blob!)).SharedSecret).not.toEqual(SharedSecret)
  const symmetric = await make()
  await expect(open(symmetric.KeyId!, blob!)).rejects.toMatchObject({ name: 'InvalidKeyUsageException' })
  await expect(make({ KeySpec: 'ML_KEM_512', KeyUsage: 'SIGN_VERIFY' })).rejects.toThrow(/not compatible/)
  const pair = await kms.send(
    new GenerateDataKeyPairCommand({ KeyId: symmetric.KeyId!, KeyPairSpec: 'ML_KEM_1024' as 'RSA_2048' }),
  )
  const privateKey = Buffer.from(pair.PrivateKeyPlaintext!)
  const own = createPublicKey({ key: Buffer.from(pair.PublicKey!), format: 'der', type: 'spki' })
  const { ciphertext, sharedKey } = encapsulate(own)
  expect(decapsulate({ key: privateKey, format: 'der', type: 'pkcs8' }, ciphertext)).toEqual(sharedKey)
})

test('the last use of a key is told, also after a restart: what failed or was only tried is none', async () => {
  const { KeyId, CreationDate } = await make()
  const other = await make()
  const used = async (id = KeyId) => (await kms.send(new GetKeyLastUsageCommand({ KeyId: id! }))).KeyLastUsage
  expect(await kms.send(new GetKeyLastUsageCommand({ KeyId: KeyId! }))).toMatchObject({
    KeyLastUsage: {},
    KeyCreationDate: CreationDate,
    TrackingStartDate: CreationDate,
  })
  const Plaintext = text('x')
  await expect(kms.send(new EncryptCommand({ KeyId, Plaintext, DryRun: true }))).rejects.toThrow(/DryRun/)
  await expect(
    kms.send(new SignCommand({ KeyId, Message: Plaintext, SigningAlgorithm: 'ECDSA_SHA_256' })),
  ).rejects.toThrow()
  expect(await used()).toEqual({})
  const { CiphertextBlob, $metadata } = await kms.send(new EncryptCommand({ KeyId, Plaintext }))
  expect(await used()).toMatchObject({ Operation: 'Encrypt', KmsRequestId: $metadata.requestId })
  await node.clock.advance(61_000)
  await kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: other.KeyId! }))
  await node.restart()
  kms = node.client(KMSClient)
  for (const id of [KeyId, other.KeyId]) expect(await used(id)).toMatchObject({ Operation: 'ReEncrypt' })
  await expect(used('alias/none')).rejects.toMatchObject({ name: 'NotFoundException' })
})

describe('imported material', () => {
  const wrap = (algorithm: string, PublicKey: Uint8Array, bytes: Uint8Array) => {
    const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
    const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256'
    const oaep = (plain: Uint8Array) =>
      publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plain)
    if (!algorithm.startsWith('RSA_AES')) return oaep(bytes)
    const inner = randomBytes(32)
    const cipher = createCipheriv('id-aes256-wrap-pad', inner, Buffer.from('a65959a6', 'hex'))
    return Buffer.concat([oaep(inner), cipher.update(bytes), cipher.final()])
  }
  const bring = async (
    KeyId: string,
    bytes: Uint8Array,
    more: Partial<ImportKeyMaterialCommandInput> = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256' | 'RSA_AES_KEY_WRAP_SHA_1' = 'RSAES_OAEP_SHA_256',
  ) => {
    const asked = { KeyId, WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' as const }
    const { ImportToken, PublicKey } = await kms.send(new GetParametersForImportCommand(asked))
    const EncryptedKeyMaterial = wrap(WrappingAlgorithm, PublicKey!, bytes)
    return kms.send(new ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ...more }))
  }
  const state = async (KeyId: string) => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!

  test('makes a key usable; taken away, only the same brings back what it encrypted', async () => {
    const { KeyId = '', KeyState, Origin } = await make({ Origin: 'EXTERNAL' })
    expect([KeyState, Origin]).toEqual(['PendingImport', 'EXTERNAL'])
    await expect(encrypt(KeyId, 'early')).rejects.toMatchObject({ name: 'KMSInvalidStateException' })
    const bytes = randomBytes(32)
    await bring(KeyId, bytes)
    const blob = await encrypt(KeyId, 'kept')
    expect(await state(KeyId)).toMatchObject({ Enabled: true, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' })
    await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId }))
    await expect(decrypt(blob)).rejects.toMatchObject({ name: 'KMSInvalidStateException' })
    await expect(bring(KeyId, randomBytes(32))).rejects.toMatchObject({ name: 'IncorrectKeyMaterialException' })
    await bring(KeyId, bytes, undefined, 'RSA_AES_KEY_WRAP_SHA_1')
    expect(await decrypt(blob)).toBe('kept')
  })

  test('goes when its time is over, by the clock', async () => {
    const { KeyId = '' } = await make({ Origin: 'EXTERNAL' })
    const ValidTo = new Date(node.clock.nowMs() + 3_600_000)
    await expect(bring(KeyId, randomBytes(32), {})).rejects.toMatchObject({ name: 'ValidationException' })
    await bring(KeyId, randomBytes(32), { ValidTo })
    expect((await state(KeyId)).ExpirationModel).toBe('KEY_MATERIAL_EXPIRES')
    node.clock.advance(3_600_000)
    await expect.poll(async () => (await state(KeyId)).KeyState).toBe('PendingImport')
  })

  test('of the wrong length, badly wrapped, or with the token of another key is refused', async () => {
    const [{ KeyId = '' }, other, own] = [
      await make({ Origin: 'EXTERNAL' }),
      await make({ Origin: 'EXTERNAL' }),
      await make(),
    ]
    await expect(bring(KeyId, randomBytes(16))).rejects.toMatchObject({ name: 'IncorrectKeyMaterialException' })
    const asked = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256' as const, WrappingKeySpec: 'RSA_2048' as const }
    const { ImportToken, PublicKey } = await kms.send(
      new GetParametersForImportCommand({ ...asked, KeyId: other.KeyId }),
    )
    const EncryptedKeyMaterial = wrap('RSAES_OAEP_SHA_256', PublicKey!, randomBytes(32))
    const never = { ImportToken, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const }
    await expect(
      kms.send(new ImportKeyMaterialCommand({ KeyId, ...never, EncryptedKeyMaterial })),
    ).rejects.toMatchObject({ name: 'InvalidImportTokenException' })
    await expect(
      kms.send(new ImportKeyMaterialCommand({ KeyId: other.KeyId, ...never, EncryptedKeyMaterial: randomBytes(256) })),
    ).rejects.toMatchObject({ name: 'InvalidCiphertextException' })
    await expect(kms.send(new GetParametersForImportCommand({ ...asked, KeyId: own.KeyId }))).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
    })
  })
})

test('there are no key stores but its own: none is made, and none is found', async () => {
  const CustomKeyStoreId = 'cks-1234567890abcdef0'
  const named = { CustomKeyStoreName: 'store' }
  expect((await kms.send(new DescribeCustomKeyStoresCommand({}))).CustomKeyStores).toEqual([])
  const missing = { name: 'CustomKeyStoreNotFoundException' }
  await expect(kms.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }))).rejects.toMatchObject(missing)
  await expect(kms.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }))).rejects.toMatchObject(missing)
  await expect(kms.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }))).rejects.toMatchObject(missing)
  await expect(kms.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId }))).rejects.toMatchObject(missing)
  await expect(kms.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId }))).rejects.toMatchObject(missing)
  const make = (more: object) => kms.send(new CreateCustomKeyStoreCommand({ ...named, ...more }))
  await expect(make({ CloudHsmClusterId: 'cluster-2345672abcd' })).rejects.toMatchObject({
    name: 'CloudHsmClusterNotFoundException',
  })
  await expect(make({ CustomKeyStoreType: 'EXTERNAL_KEY_STORE' })).rejects.toMatchObject({
    name: 'UnsupportedOperationException',
  })
})

test.each([
  ['ML_DSA_44', 2_420],
  ['ML_DSA_65', 3_309],
  ['ML_DSA_87', 4_627],
] as const)('%s keys sign messages, which their public key verifies here and elsewhere', async (KeySpec, bytes) => {
  const made = await make({ KeySpec, KeyUsage: 'SIGN_VERIFY' })
  const SigningAlgorithm = 'ML_DSA_SHAKE_256' as const
  expect(made).toMatchObject({ KeySpec, KeyUsage: 'SIGN_VERIFY', SigningAlgorithms: [SigningAlgorithm] })
  const [KeyId, Message] = [made.KeyId!, Buffer.from('a contract')]
  const { Signature } = await kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm, MessageType: 'RAW' }))
  expect(Signature).toHaveLength(bytes)
  const verified = new VerifyCommand({ KeyId, Message, SigningAlgorithm, Signature })
  expect(await kms.send(verified)).toMatchObject({ SignatureValid: true, SigningAlgorithm })
  const { PublicKey, SigningAlgorithms } = await kms.send(new GetPublicKeyCommand({ KeyId }))
  expect(SigningAlgorithms).toEqual([SigningAlgorithm])
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' })
  expect(publicKey.asymmetricKeyType).toBe(KeySpec.toLowerCase().replaceAll('_', '-'))
  expect(verify(null, Message, publicKey, Signature!)).toBe(true)
  await expect(
    kms.send(new VerifyCommand({ KeyId, Message: Buffer.from('another'), SigningAlgorithm, Signature })),
  ).rejects.toMatchObject({ name: 'KMSInvalidSignatureException' })
  const external = { KeyId, Message: Buffer.alloc(64), SigningAlgorithm, MessageType: 'EXTERNAL_MU' as const }
  await expect(kms.send(new SignCommand(external))).rejects.toMatchObject({
    name: 'UnsupportedOperationException',
    message: expect.stringContaining('as RAW'),
  })
  await expect(make({ KeySpec, KeyUsage: 'ENCRYPT_DECRYPT' })).rejects.toThrow(/not compatible/)
  const other = new SignCommand({ KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' })
  await expect(kms.send(other)).rejects.toMatchObject({ name: 'InvalidKeyUsageException' })
})
