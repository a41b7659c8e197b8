import type { AccessRequest } from '../../../kernel/authorization.ts'
import type { Ctx } from '../../../kernel/context.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { itemAccess } from '../access.ts'
import { table as tableRecord } from '../state.ts'
import { tableNameOf } from '../table-lookup.ts'
import { keyCondition } from './keys.ts'
import type { Statement } from './parser.ts'

const actions = {
  select: 'PartiQLSelect',
  insert: 'PartiQLInsert',
  update: 'PartiQLUpdate',
  delete: 'PartiQLDelete',
  exists: 'PartiQLSelect',
} as const

/**
 * What a statement needs to be allowed.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
 */
export async function statementAccess(
  statement: Statement,
  ctx: Ctx,
  tx: ReadTx,
  enclosingOperation?: string,
): Promise<AccessRequest> {
  const found = await tx.snapshot.get(tableRecord(tableNameOf(statement.table, ctx)))
  const index = statement.kind === 'select' ? statement.index : undefined
  const keys = found?.indexes.find(({ name }) => name === index)?.key ?? found?.key
  const condition =
    keys && statement.kind !== 'insert' ? keyCondition(statement.where, statement.reader, keys) : undefined
  const given = keys && statement.kind === 'insert' ? statement.item[keys.partition.name] : condition?.partition
  const everything = statement.kind === 'select' && !statement.paths
  const named = statement.kind === 'insert' ? Object.keys(statement.item) : Object.values(statement.reader.names)
  return itemAccess(
    actions[statement.kind],
    statement.table,
    {
      leadingKeys: given ? [String(Object.values(given)[0])] : [],
      ...(everything ? {} : { attributes: [...new Set(named)] }),
      ...(statement.kind === 'select'
        ? { fullTableScan: !condition, select: everything ? 'ALL_ATTRIBUTES' : 'SPECIFIC_ATTRIBUTES' }
        : {}),
      ...(enclosingOperation === undefined ? {} : { enclosingOperation }),
      index,
    },
    ctx,
    tx,
  )
}
