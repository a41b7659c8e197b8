import type { Ctx } from '../../kernel/context.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import { lowerAlphanumeric } from '../../kernel/ids.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { Bounds, Key, KeyPart, KeyRange, ReadTx } from '../../kernel/records.ts'
import { type Method, method, type PathResource, pathResource, type RestApi, restApi } from './state.ts'

export async function findApi(tx: ReadTx, id: string): Promise<RestApi> {
  return found(tx, restApi(id), `Invalid API identifier specified ${tx.scope.account}:${id}`)
}

export async function findResource(tx: ReadTx, apiId: string, id: string): Promise<PathResource> {
  await findApi(tx, apiId)
  return found(tx, pathResource(apiId, id), 'Invalid Resource identifier specified')
}

/** What every operation on a method is given to name it. */
export interface MethodName {
  readonly restApiId: string
  readonly resourceId: string
  readonly httpMethod: string
}

export async function findMethod(tx: ReadTx, name: MethodName): Promise<Method> {
  await findResource(tx, name.restApiId, name.resourceId)
  return found(tx, methodKey(name), 'Invalid Method identifier specified')
}

export function methodKey({ restApiId, resourceId, httpMethod }: MethodName): Key<Method> {
  return method(restApiId, resourceId, httpMethod)
}

/** What is at a key, or NotFoundException in the service's words. */
export async function found<V>(tx: ReadTx, key: Key<V>, missing: string): Promise<V> {
  const value = await tx.get(key)
  if (value === undefined) throw awsError('NotFoundException', missing)
  return value
}

export function badRequest(message: string): AwsError {
  return awsError('BadRequestException', message)
}

/** The ARN that policies name: `arn:aws:apigateway:<region>::/restapis/<id>/…`, as the request's path has it. */
export function apiArn({ region }: Pick<Ctx, 'region'>, path: string): string {
  return `arn:aws:apigateway:${region}::/${path}`
}

export function methodArn(ctx: Ctx, { restApiId, resourceId, httpMethod }: MethodName, more = ''): string {
  return apiArn(ctx, `restapis/${restApiId}/resources/${resourceId}/methods/${httpMethod}${more}`)
}

/** A page of a list: 25 unless asked, at most 500. The position stands for the last key's last part. */
export async function page<V, P extends readonly KeyPart[]>(
  tx: ReadTx,
  between: (bounds: Bounds) => KeyRange<V, P>,
  { limit = 25, position }: { limit?: number; position?: string },
): Promise<{ values: V[]; position: string | undefined }> {
  const most = Math.min(limit, 500)
  if (most < 1) throw badRequest('limit must be a whole number above 0.')
  const found = tx.range(between(boundsAfter(position)), { limit: most + 1 })
  const { items, next } = await pageOf(found, most, ({ key }) => [String(key.at(-1))])
  return { values: items.map(({ value }) => value), position: next }
}

/** Where the page of a position begins. Throws BadRequestException. */
export function boundsAfter(position: string | undefined): Bounds {
  return boundsOfPage(position, () => badRequest('Invalid position parameter specified'))
}

/** Refuses parameters that can't be honoured yet, by name. What asks for nothing (false, an empty text, list or map) is let through. */
export function refuse(input: object, names: Readonly<Record<string, string>>): void {
  for (const [name, reason] of Object.entries(names)) {
    const value = (input as Record<string, unknown>)[name]
    if (value === undefined || value === false || value === '') continue
    if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) continue
    throw badRequest(`${name} is not supported by Landfall yet: ${reason}`)
  }
}

export function newId({ ids }: Pick<Ctx, 'ids'>, length: number): string {
  return ids.token(length, lowerAlphanumeric)
}
