import type { AccessRequest, ContextValue } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { attributeNames } from './expressions/expressions.ts'
import { type LegacyRequest, legacyAttributes } from './legacy.ts'
import { table, tags } from './state.ts'
import { tableArn, tableNameOf } from './table-lookup.ts'
import type { WireItem, WireValue } from './wire-values.ts'

/** What conditions of a policy may ask about an operation on items (`dynamodb:…`). */
export interface ItemAccess {
  /** Items or keys that the operation names; the policy sees their partition keys (`dynamodb:LeadingKeys`). */
  readonly keys?: readonly WireItem[]
  /** Partition keys themselves, where they are not in items. */
  readonly leadingKeys?: readonly string[]
  /** Attributes that are read or written (`dynamodb:Attributes`); left out when it is all of them. */
  readonly attributes?: readonly string[] | undefined
  readonly select?: string | undefined
  readonly returnValues?: string | undefined
  readonly returnConsumedCapacity?: string | undefined
  readonly enclosingOperation?: string
  readonly index?: string | undefined
  /** Whether a PartiQL statement reads the whole table. */
  readonly fullTableScan?: boolean
}

/**
 * What an operation on the items of a table needs to be allowed.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export async function itemAccess(
  action: string,
  nameOrArn: string,
  access: ItemAccess,
  ctx: Ctx,
  tx: ReadTx,
): Promise<AccessRequest> {
  const name = tableNameOf(nameOrArn, ctx)
  const arn = tableArn(ctx, name)
  const leadingKeys = access.leadingKeys ?? (await leadingKeysOf(access.keys ?? [], name, tx))
  const context: Record<string, ContextValue> = {}
  if (leadingKeys.length > 0) context['dynamodb:LeadingKeys'] = leadingKeys
  if (access.attributes) context['dynamodb:Attributes'] = access.attributes
  if (access.select) context['dynamodb:Select'] = access.select
  if (access.returnValues) context['dynamodb:ReturnValues'] = access.returnValues
  if (access.returnConsumedCapacity) context['dynamodb:ReturnConsumedCapacity'] = access.returnConsumedCapacity
  if (access.enclosingOperation) context['dynamodb:EnclosingOperation'] = access.enclosingOperation
  if (access.fullTableScan !== undefined) context['dynamodb:FullTableScan'] = access.fullTableScan
  return {
    action: `dynamodb:${action}`,
    resource: access.index === undefined ? arn : `${arn}/index/${access.index}`,
    context,
    resourceTags: await tx.snapshot.get(tags(name)),
  }
}

/**
 * The same for an operation on one item. Root has no policies of its own, so that where the table has none either there is
 * nothing to gather for their conditions.
 */
export function accessToItem(
  action: string,
  nameOrArn: string,
  access: () => ItemAccess,
  ctx: Ctx,
  tx: ReadTx,
): Promise<readonly AccessRequest[]> {
  const whole = () => itemAccess(action, nameOrArn, access(), ctx, tx).then((request) => [request])
  const { kind, session } = ctx.principal
  if (kind !== 'root' || session) return whole()
  const name = tableNameOf(nameOrArn, ctx)
  return tx.snapshot
    .get(table(name))
    .then((found) =>
      found?.policy ? whole() : [{ action: `dynamodb:${action}`, resource: tableArn(ctx, name), resourcePolicy: null }],
    )
}

/** What an operation on a table itself needs to be allowed. */
export async function tableAccess(
  action: string,
  nameOrArn: string,
  ctx: Ctx,
  tx: ReadTx,
  context?: Record<string, ContextValue>,
): Promise<AccessRequest> {
  const name = tableNameOf(nameOrArn, ctx)
  return {
    action: `dynamodb:${action}`,
    resource: tableArn(ctx, name),
    resourceTags: await tx.snapshot.get(tags(name)),
    ...(context ? { context } : {}),
  }
}

async function leadingKeysOf(keys: readonly WireItem[], tableName: string, tx: ReadTx): Promise<string[]> {
  if (keys.length === 0) return []
  // The only attribute of a key is the partition key; otherwise the table must say which one is.
  const alone = keys.map((key) => Object.values(key)).filter((values) => values.length === 1)
  if (alone.length === keys.length) return distinct(alone.flatMap(([value]) => keyText(value)))
  const found = await tx.snapshot.get(table(tableName))
  if (!found) return []
  const { name } = found.key.partition
  return distinct(keys.flatMap((key) => keyText(Object.hasOwn(key, name) ? key[name] : undefined)))
}

/** A key value as policies compare it. */
function keyText(value: WireValue | undefined): string[] {
  if (value?.S !== undefined) return [value.S]
  if (value?.N !== undefined) return [value.N]
  if (value?.B !== undefined) return [Buffer.from(value.B).toString('base64')]
  return []
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

/**
 * What a read says of the attributes it returns. `dynamodb:Select` is always there, as what the read comes to; without
 * a projection everything is returned, so that naming some attributes (of a filter) would mislead a policy.
 */
export function readAccess(
  request: Named & { readonly Select?: string; readonly IndexName?: string },
  keyNames: readonly string[] = [],
): Pick<ItemAccess, 'attributes' | 'select'> {
  const projected = request.ProjectionExpression !== undefined || request.AttributesToGet !== undefined
  const everything = request.IndexName === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES'
  const select = request.Select ?? (projected ? 'SPECIFIC_ATTRIBUTES' : everything)
  const restricted = projected || select === 'COUNT'
  return restricted ? { select, attributes: namedAttributes(request, keyNames) } : { select }
}

interface Named extends LegacyRequest {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ProjectionExpression?: string
  readonly ConditionExpression?: string
  readonly FilterExpression?: string
  readonly KeyConditionExpression?: string
  readonly UpdateExpression?: string
}

/** Top-level attributes that the request's expressions name, with `more`. Undefined when they name none. */
export function namedAttributes(request: Named, more: readonly string[] = []): string[] | undefined {
  const named = attributeNames(request)
  const all = distinct([...named, ...legacyAttributes(request), ...more])
  return all.length > 0 ? all : undefined
}
