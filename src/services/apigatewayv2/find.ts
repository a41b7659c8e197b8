import type { Ctx } from '../../kernel/context.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import { lowerAlphanumeric } from '../../kernel/ids.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { Bounds, Key, KeyPart, KeyRange, ReadTx } from '../../kernel/records.ts'
import { type Api, api } from './state.ts'

export async function findApi(tx: ReadTx, id: string): Promise<Api> {
  return found(tx, api(id), 'API', id)
}

/** What is at a key, or NotFoundException as the service words it. */
export async function found<V>(tx: ReadTx, key: Key<V>, what: string, id: string): Promise<V> {
  const value = await tx.get(key)
  if (value === undefined) throw awsError('NotFoundException', `Invalid ${what} identifier specified ${id}`)
  return value
}

export function badRequest(message: string): AwsError {
  return awsError('BadRequestException', message)
}

/** The ARN that policies name: `arn:aws:apigateway:<region>::/apis/<id>/…`. */
export function apiArn({ region }: Ctx, path: string): string {
  return `arn:aws:apigateway:${region}::/${path}`
}

/** A page of a list; the token stands for the last key's last part. */
export async function page<V, P extends readonly KeyPart[]>(
  tx: ReadTx,
  between: (bounds: Bounds) => KeyRange<V, P>,
  input: { MaxResults?: string; NextToken?: string },
): Promise<{ values: V[]; NextToken: string | undefined }> {
  const max = input.MaxResults === undefined ? 500 : Number(input.MaxResults)
  if (!Number.isInteger(max) || max < 1)
    throw awsError('BadRequestException', 'MaxResults must be a whole number above 0.')
  const most = Math.min(max, 500)
  const refused = () => awsError('BadRequestException', 'NextToken is not that of a previous answer. Use it as it was.')
  const found = tx.range(between(boundsOfPage(input.NextToken, refused)), { limit: most + 1 })
  const { items, next } = await pageOf(found, most, ({ key }) => [String(key.at(-1))])
  return { values: items.map(({ value }) => value), NextToken: next }
}

/** Refuses parameters that can't be honoured yet, by name. */
export function refuse(input: object, names: Readonly<Record<string, string>>): void {
  for (const [name, reason] of Object.entries(names)) {
    const value = (input as Record<string, unknown>)[name]
    if (value !== undefined && value !== false)
      throw awsError('BadRequestException', `${name} is not supported by Landfall yet: ${reason}`)
  }
}

export function newId({ ids }: Ctx, length: number): string {
  return ids.token(length, lowerAlphanumeric)
}
