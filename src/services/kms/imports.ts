import { createHash } from 'node:crypto'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { keyArn, locateById } from './find.ts'
import { openToken, sealToken, unwrap } from './import-token.ts'
import { makePair, storeMaterial } from './material.ts'
import { specOf } from './specs.ts'
import { key, type Located, material } from './state.ts'
import { checkNotDeleted } from './usable.ts'

const dayMs = 86_400_000
const longestMs = 365 * dayMs
const wrappings = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256']

/** Keys whose material their owners bring. https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html */
export const imports = operations<Api>()({
  GetParametersForImport: {
    authorize: ({ KeyId, WrappingAlgorithm, WrappingKeySpec }, ctx, tx) =>
      asking('GetParametersForImport', KeyId, ctx, tx, {
        context: { 'kms:WrappingAlgorithm': WrappingAlgorithm, 'kms:WrappingKeySpec': WrappingKeySpec },
      }),
    async call({ KeyId, WrappingAlgorithm: algorithm, WrappingKeySpec }, ctx) {
      const at = await ctx.read((tx) => importable(tx, KeyId))
      if (!wrappings.includes(algorithm))
        throw unsupported(`The WrappingAlgorithm ${algorithm} is not supported. Use one of ${wrappings.join(', ')}.`)
      const { privateKey, publicKey } = await makePair(specOf(WrappingKeySpec))
      const validToMs = ctx.nowMs + dayMs
      const token = { privateKey: Buffer.from(privateKey).toString('base64'), algorithm, validToMs }
      return {
        KeyId: keyArn(at.scope, at.key.id),
        ImportToken: sealToken(ctx.host.sealing, at, token),
        PublicKey: publicKey,
        ParametersValidTo: new Date(validToMs),
      }
    },
  },

  ImportKeyMaterial: {
    authorize: ({ KeyId, ExpirationModel = 'KEY_MATERIAL_EXPIRES', ValidTo }, ctx, tx) =>
      asking('ImportKeyMaterial', KeyId, ctx, tx, {
        context: {
          'kms:ExpirationModel': ExpirationModel,
          ...(ValidTo && { 'kms:ValidTo': ValidTo.toISOString() }),
        },
      }),
    async write(tx, input, ctx) {
      const at = await importable(tx, input.KeyId)
      const validToMs = expiryOf(input, ctx.nowMs)
      if (input.KeyMaterialDescription !== undefined)
        throw unsupported('KeyMaterialDescription is not supported by Landfall. Leave it out.')
      const token = openToken(ctx.host.sealing, at, input.ImportToken, ctx.nowMs)
      const bytes = unwrap(token, input.EncryptedKeyMaterial)
      if (bytes.length !== specOf(at.key.spec).bytes)
        throw incorrect(`The key material must have ${specOf(at.key.spec).bytes} bytes for ${at.key.spec}.`)
      const id = createHash('sha256').update(at.key.id).update(bytes).digest('hex')
      checkSame(at, id, input)
      const home = tx.in(at.scope)
      storeMaterial(home, ctx.host, at.key.id, id, { secret: bytes })
      const state = at.key.state === 'PendingImport' ? 'Enabled' : at.key.state
      home.set(key(at.key.id), { ...at.key, state, material: id, validToMs })
      scheduleExpiry(home, at, validToMs, ctx)
      return { KeyId: keyArn(at.scope, at.key.id), KeyMaterialId: id }
    },
  },

  DeleteImportedKeyMaterial: {
    authorize: ({ KeyId }, ctx, tx) => asking('DeleteImportedKeyMaterial', KeyId, ctx, tx),
    async write(tx, { KeyId, KeyMaterialId }, ctx) {
      const at = await external(tx, KeyId)
      if (KeyMaterialId !== undefined && KeyMaterialId !== at.key.material)
        throw awsError('NotFoundException', `The key has no material ${KeyMaterialId}.`)
      const home = tx.in(at.scope)
      scheduleExpiry(home, at, undefined, ctx)
      dropMaterial(home, at)
      return { KeyId: keyArn(at.scope, at.key.id), KeyMaterialId: at.key.material || undefined }
    },
  },
})

/** A key without its material can't be used until the same is imported again. */
export function dropMaterial(tx: Tx, { key: one }: Located): void {
  tx.delete(material(one.id, one.material))
  const state = one.state === 'PendingDeletion' ? one.state : 'PendingImport'
  tx.set(key(one.id), { ...one, state, validToMs: undefined })
}

async function importable(tx: ReadTx, keyId: string): Promise<Located> {
  const at = await external(tx, keyId)
  checkNotDeleted(at)
  return at
}

async function external(tx: ReadTx, keyId: string): Promise<Located> {
  const at = await locateById(tx, keyId)
  if (at.key.origin === 'EXTERNAL') return at
  throw unsupported(`${keyArn(at.scope, at.key.id)} origin is AWS_KMS which is not valid for this operation.`)
}

function expiryOf(
  {
    ExpirationModel = 'KEY_MATERIAL_EXPIRES',
    ValidTo,
  }: Pick<InputFor<Api, 'ImportKeyMaterial'>, 'ExpirationModel' | 'ValidTo'>,
  nowMs: number,
): number | undefined {
  if ((ExpirationModel === 'KEY_MATERIAL_EXPIRES') !== (ValidTo !== undefined))
    throw awsError('ValidationException', 'ValidTo goes with the ExpirationModel KEY_MATERIAL_EXPIRES, which needs it.')
  const atMs = ValidTo?.getTime()
  if (atMs !== undefined && (atMs <= nowMs || atMs > nowMs + longestMs))
    throw awsError('ValidationException', 'ValidTo must be in the future, at most 365 days from now.')
  return atMs
}

/** What a key has encrypted opens with its material only: no other can take its place. */
function checkSame(
  { key: { material: before } }: Located,
  id: string,
  { ImportType, KeyMaterialId }: Pick<InputFor<Api, 'ImportKeyMaterial'>, 'ImportType' | 'KeyMaterialId'>,
): void {
  if (ImportType === 'NEW_KEY_MATERIAL' && before !== '')
    throw unsupported('ImportType NEW_KEY_MATERIAL is not supported by Landfall for keys that have had material.')
  if (ImportType === 'EXISTING_KEY_MATERIAL' && before === '') throw incorrect('The key has had no material yet.')
  if ((before !== '' && before !== id) || (KeyMaterialId !== undefined && KeyMaterialId !== id))
    throw incorrect('The key material is not the one that was imported before.')
}

function scheduleExpiry(tx: Tx, { key: { id }, scope }: Located, dueAtMs: number | undefined, { host }: Ctx): void {
  if (dueAtMs === undefined) host.deliveries.cancel(tx, 'kms:expire', scope, id)
  else host.deliveries.schedule(tx, { kind: 'kms:expire', scope, key: id, data: { id }, dueAtMs })
}

function incorrect(message: string): Error {
  return awsError('IncorrectKeyMaterialException', message)
}

function unsupported(message: string): Error {
  return awsError('UnsupportedOperationException', message)
}
