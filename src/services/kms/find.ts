import { formatArn, parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { alias, key, type Located } from './state.ts'

export function keyArn({ region, account }: Scope, id: string): string {
  return formatArn('kms', region, account, `key/${id}`)
}

export function aliasArn({ region, account }: Scope, name: string): string {
  return formatArn('kms', region, account, name)
}

interface Address {
  readonly account: string
  readonly id?: string
  readonly alias?: string
}

/** Reads a key's id or ARN, an alias's name or ARN. Throws NotFoundException, InvalidArnException. */
export function parseKeyId(text: string, scope: Scope): Address {
  if (!text.startsWith('arn:')) return address(text, scope.account, text)
  const arn = parseArn(text)
  if (arn?.service !== 'kms') throw awsError('InvalidArnException', `${text} is not a valid ARN of a key or an alias.`)
  if (arn.region !== scope.region) throw notFound(`Invalid arn ${arn.region}`)
  if (arn.resource.startsWith('alias/')) return { account: arn.account, alias: arn.resource }
  if (!arn.resource.startsWith('key/')) throw awsError('InvalidArnException', `Invalid arn ${text}`)
  return address(arn.resource.slice('key/'.length), arn.account, text)
}

function address(name: string, account: string, text: string): Address {
  if (name.startsWith('alias/')) return { account, alias: name }
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name)) throw notFound(`Invalid keyId '${text}'`)
  return { account, id: name }
}

/** The key of an id, ARN, alias or alias's ARN; undefined when there is none. */
export async function lookUp(tx: ReadTx, text: string): Promise<Located | undefined> {
  const { account, id, alias: name } = parseKeyId(text, tx.scope)
  const home = tx.in({ account })
  const target = id ?? (name === undefined ? undefined : (await home.get(alias(name)))?.keyId)
  const found = target === undefined ? undefined : await home.get(key(target))
  return found && { key: found, scope: home.scope }
}

/** Throws NotFoundException. */
export async function locate(tx: ReadTx, text: string): Promise<Located> {
  const found = await lookUp(tx, text)
  if (found) return found
  const { account, id, alias: name } = parseKeyId(text, tx.scope)
  const scope = { ...tx.scope, account }
  if (name !== undefined) throw notFound(`Alias ${aliasArn(scope, name)} is not found.`)
  throw notFound(`Key '${keyArn(scope, id ?? '')}' does not exist`)
}

/** Like `locate`, for operations that take no alias. */
export async function locateById(tx: ReadTx, text: string): Promise<Located> {
  if (parseKeyId(text, tx.scope).alias !== undefined) throw notFound(`Invalid keyId ${text}`)
  return locate(tx, text)
}

export function notFound(message: string): Error {
  return awsError('NotFoundException', message)
}
